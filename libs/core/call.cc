#include "libs/core/call.h"

#include <algorithm>

namespace cliffhanger {
namespace {

std::string hex(const std::string& raw) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : raw) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

Result<Tenant> Tenant::parse(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!good) return fail(invalid("BAD_TENANT", "A tenant is 1 to 40 characters of a-z, 0-9 and -."));
  return Tenant(std::string(text));
}

std::string_view to_text(Role role) {
  switch (role) {
    case Role::kAnyone: return "anyone";
    case Role::kViewer: return "viewer";
    case Role::kCreator: return "creator";
    case Role::kOperator: return "operator";
    case Role::kService: return "service";
  }
  return "anyone";
}

Trace Trace::start(Random& random) { return {hex(random.bytes(16)), hex(random.bytes(8))}; }

Trace Trace::child_of(std::string_view header, Random& random) {
  // version "-" trace-id "-" parent-id "-" flags (https://www.w3.org/TR/trace-context/#traceparent-header)
  const bool shaped = header.size() >= 55 && header[2] == '-' && header[35] == '-' && header[52] == '-' &&
                      (header.size() == 55 || header[55] == '-');
  if (!shaped || header.substr(0, 2) == "ff") return start(random);
  const auto trace_id = header.substr(3, 32);
  const auto parent = header.substr(36, 16);
  if (!lower_hex(trace_id) || !lower_hex(parent) || all_zero(trace_id) || all_zero(parent)) return start(random);
  return {std::string(trace_id), hex(random.bytes(8))};
}

std::string Trace::header() const { return "00-" + trace_id + "-" + span_id + "-01"; }

}  // namespace cliffhanger
