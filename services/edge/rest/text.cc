#include "services/edge/rest/text.h"

#include <charconv>
#include <cmath>

namespace cliffhanger::edge::rest {
namespace {

template <class Number>
void write(Number value, std::string& out) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else if (value == 0) {
    out += std::signbit(value) ? "-0.0" : "0";
  } else {
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
  }
}

}  // namespace

void write_string(std::string_view text, std::string& out) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += "\\u00";
          out += digits[c >> 4];
          out += digits[c & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void write_number(double value, std::string& out) {
  write(value, out);
}
void write_number(float value, std::string& out) {
  write(value, out);
}

}  // namespace cliffhanger::edge::rest
