#include "libs/http/range.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace cliffhanger::http {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ByteRange parse_range(const Headers& headers, std::uint64_t size, std::string_view etag) {
  using Kind = ByteRange::Kind;
  const ByteRange whole{Kind::kWhole, 0, size};
  if (headers.count("Range") != 1) return whole;
  if (const auto only_if = headers.find("If-Range"); only_if && *only_if != etag) return whole;
  auto text = headers.get("Range");
  if (!equal_no_case(text.substr(0, 6), "bytes=")) return whole;
  text = trim(text.substr(6));
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return whole;
  const auto first = number(text.substr(0, dash)), last = number(text.substr(dash + 1));
  if (dash == 0) {  // the last so many bytes
    if (!last) return whole;
    if (*last == 0 || size == 0) return {Kind::kUnsatisfiable, 0, 0};
    const auto length = std::min(*last, size);
    return {Kind::kPart, size - length, length};
  }
  const bool open_end = dash + 1 == text.size();
  if (!first || (!last && !open_end) || (last && *last < *first)) return whole;
  if (*first >= size) return {Kind::kUnsatisfiable, 0, 0};
  const auto end = last ? std::min(*last, size - 1) : size - 1;
  return {Kind::kPart, *first, end - *first + 1};
}

}  // namespace cliffhanger::http
