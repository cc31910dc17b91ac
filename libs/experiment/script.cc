#include "libs/experiment/script.h"

#include <locale.h>
#include <wctype.h>

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <limits>

namespace cliffhanger::experiment {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double number_in_text(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const auto first = text.find_first_not_of(kSpace);
  if (first == text.npos) return 0;
  text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (text == "Infinity" || text == "-Infinity")
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  // from_chars also reads names of numbers, which JavaScript does not.
  const auto digit = text.substr(negative ? 1 : 0, 1);
  if (digit.empty() || digit.find_first_not_of("0123456789.") != digit.npos) return kNaN;
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? out : kNaN;
}

// Code points of UTF-8; a byte that belongs to none is one by itself, above all code points.
template <class Each>
void each_code_point(std::string_view text, Each each) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const int length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    char32_t point = lead & (length == 1 ? 0x7F : 0xFF >> (length + 1));
    bool whole = length > 0 && at + static_cast<std::size_t>(length) <= text.size();
    for (int i = 1; whole && i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
      whole = (next & 0xC0) == 0x80;
      point = point << 6 | (next & 0x3F);
    }
    const std::size_t taken = whole ? static_cast<std::size_t>(length) : 1;
    each(text.substr(at, taken), whole ? point : char32_t{0x110000});
    at += taken;
  }
}

void append_utf8(std::string& out, char32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[more] | point >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (point >> (6 * i) & 0x3F));
}

}  // namespace

bool truthy(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return false;
    case boost::json::kind::bool_:
      return value.get_bool();
    case boost::json::kind::string:
      return !value.get_string().empty();
    case boost::json::kind::object:
    case boost::json::kind::array:
      return true;
    default:
      return number_of(value) != 0;
  }
}

double number_of(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return 0;
    case boost::json::kind::bool_:
      return value.get_bool() ? 1 : 0;
    case boost::json::kind::int64:
      return static_cast<double>(value.get_int64());
    case boost::json::kind::uint64:
      return static_cast<double>(value.get_uint64());
    case boost::json::kind::double_:
      return value.get_double();
    case boost::json::kind::string:
      return number_in_text(value.get_string());
    case boost::json::kind::array:
      return number_in_text(text_of(value));
    case boost::json::kind::object:
      break;
  }
  return kNaN;
}

std::string text_of(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  if (number == 0) return "0";
  char buffer[64];
  const double size = std::fabs(number);
  const bool plain = size >= 1e-6 && size < 1e21;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string out(buffer, end);
  // 1e-07 is 1e-7 there.
  if (const auto exponent = out.find('e'); exponent != out.npos && out[exponent + 2] == '0')
    out.erase(exponent + 2, 1);
  return out;
}

std::string text_of(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case boost::json::kind::string:
      return std::string(value.get_string());
    case boost::json::kind::object:
      return "[object Object]";
    case boost::json::kind::array: {
      std::string out;
      for (const Json& item : value.get_array()) {
        if (&item != &value.get_array().front()) out += ',';
        if (!item.is_null()) out += text_of(item);
      }
      return out;
    }
    default:
      return text_of(number_of(value));
  }
}

bool identical(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return number_of(a) == number_of(b);
  if (a.kind() != b.kind() || a.is_object() || a.is_array()) return false;
  return a == b;
}

bool same_text(const Json& a, const Json& b) {
  if (a.is_array() && b.is_array()) {
    const Array &x = a.get_array(), &y = b.get_array();
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_text);
  }
  if (a.is_object() && b.is_object()) {
    const Object &x = a.get_object(), &y = b.get_object();
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& p, const auto& q) {
      return p.key() == q.key() && same_text(p.value(), q.value());
    });
  }
  return identical(a, b);
}

std::string lower(std::string_view text) {
  static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string out;
  out.reserve(text.size());
  each_code_point(text, [&](std::string_view bytes, char32_t point) {
    if (point > 0x10FFFF)
      out += bytes;
    else if (point < 0x80)
      out += static_cast<char>(point >= 'A' && point <= 'Z' ? point + 32 : point);
    else
      append_utf8(out,
                  unicode ? static_cast<char32_t>(towlower_l(static_cast<wint_t>(point), unicode)) : point);
  });
  return out;
}

const Json* member(const Object& object, std::string_view key) {
  return object.if_contains(key);
}
const Object* object_in(const Object& object, std::string_view key) {
  const Json* found = member(object, key);
  return found ? found->if_object() : nullptr;
}
const Array* array_in(const Object& object, std::string_view key) {
  const Json* found = member(object, key);
  return found ? found->if_array() : nullptr;
}
std::string_view string_in(const Object& object, std::string_view key) {
  const Json* found = member(object, key);
  return found && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}
double number_in(const Object& object, std::string_view key, double otherwise) {
  const Json* found = member(object, key);
  return found && found->is_number() ? number_of(*found) : otherwise;
}

}  // namespace cliffhanger::experiment
