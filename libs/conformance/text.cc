#include "libs/conformance/text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <vector>

#include "libs/conformance/limits.h"

namespace cliffhanger::conformance {
namespace {

constexpr std::int64_t kMostInteger = 1LL << 53;
constexpr std::size_t kMostDigits = 32;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The length of a well-formed UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t sequence(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

// Where the authority of "scheme://authority/path" ends; npos if there is none.
std::size_t end_of_authority(std::string_view uri) {
  const std::size_t at = uri.find("://");
  if (!has_scheme(uri) || at == std::string_view::npos) return std::string_view::npos;
  return std::min(uri.find('/', at + 3), uri.size());
}

std::string without_dots(std::string_view path) {
  const bool absolute = path.starts_with('/');
  std::vector<std::string_view> steps;
  std::size_t at = absolute ? 1 : 0;
  bool folder = false;
  while (at <= path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view step = path.substr(at, end - at);
    folder = step == "." || step == "..";
    if (step == ".." && !steps.empty() && steps.back() != "..") {
      steps.pop_back();
    } else if (step == ".." && !absolute) {
      steps.push_back(step);
    } else if (!folder) {
      steps.push_back(step);
    }
    at = end + 1;
  }
  std::string out = absolute ? "/" : "";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i > 0) out += '/';
    out += steps[i];
  }
  if (folder && !steps.empty()) out += '/';
  return out;
}

}  // namespace

std::optional<std::int64_t> decimal_integer(std::string_view text) {
  std::int64_t value = 0;
  if (text.empty() || text.size() > kMostDigits || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size() || value > kMostInteger) return std::nullopt;
  return value;
}

std::optional<double> decimal_number(std::string_view text, bool sign) {
  const bool negative = sign && text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto points = std::count(text.begin(), text.end(), '.');
  const auto digits = std::count_if(text.begin(), text.end(), is_digit);
  if (digits == 0 || points > 1 || text.size() > kMostDigits ||
      static_cast<std::size_t>(digits + points) != text.size()) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, bad] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? -value : value;
}

std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < kMaxShown) {
    const std::size_t length = sequence(text);
    const bool plain = length > 1 || (length == 1 && text.front() >= 0x20 && text.front() != 0x7f);
    // U+0080 to U+009F are control characters as well.
    const bool control = length == 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
    if (plain && !control)
      out += text.substr(0, length);
    else
      out += '?';
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (!text.empty()) out += "…";
  return out;
}

std::string fixed(double value, int digits) {
  char text[512];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  return {text, static_cast<std::size_t>(std::clamp<int>(length, 0, sizeof text - 1))};
}

bool has_scheme(std::string_view uri) {
  const std::size_t colon = uri.find_first_of(":/?#");
  if (colon == std::string_view::npos || colon == 0 || uri[colon] != ':') return false;
  return std::all_of(uri.begin(), uri.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
           c == '.';
  });
}

std::string resolve(std::string_view base, std::string_view reference) {
  if (has_scheme(reference)) return std::string(reference);
  const std::size_t authority = end_of_authority(base);
  const std::size_t start = authority == std::string_view::npos ? 0 : authority;
  if (reference.starts_with("//") && start > 0)
    return std::string(base.substr(0, base.find(':') + 1)) + std::string(reference);
  std::string_view path = base.substr(start);
  path = path.substr(0, path.find_first_of("?#"));
  if (reference.empty()) return std::string(base.substr(0, start)) + std::string(path);
  const std::size_t query = reference.find_first_of("?#");
  const std::string_view target = reference.substr(0, query);
  const std::string_view rest = query == std::string_view::npos ? "" : reference.substr(query);
  std::string whole(target);
  if (!target.starts_with('/')) {
    const std::size_t slash = path.rfind('/');
    const std::string folder(slash == std::string_view::npos ? "" : path.substr(0, slash + 1));
    whole = (folder.empty() && start > 0 ? "/" : folder) + whole;
  }
  return std::string(base.substr(0, start)) + without_dots(whole) + std::string(rest);
}

}  // namespace cliffhanger::conformance
