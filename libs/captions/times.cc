#include "libs/captions/times.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "libs/captions/limits.h"
#include "libs/captions/lines.h"

namespace cliffhanger::captions {
namespace {

// Digits of a bounded number.
std::optional<std::int64_t> number(std::string_view text, std::size_t least, std::size_t most) {
  if (!is_digits(text) || text.size() < least || text.size() > most) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

struct Shape {
  std::string_view points;     // what may stand before the fraction
  std::size_t least_fraction;  // digits of it
  std::size_t most_fraction;
  std::size_t least_small;  // digits of minutes and seconds
  bool hours_may_lack;
};

std::optional<std::int64_t> parse(std::string_view text, const Shape& shape) {
  const std::size_t point = text.find_last_of(shape.points);
  if (point == std::string_view::npos) return std::nullopt;
  auto fraction = number(text.substr(point + 1), shape.least_fraction, shape.most_fraction);
  for (std::size_t digits = text.size() - point - 1; fraction && digits < 3; ++digits) *fraction *= 10;

  const std::string_view clock = text.substr(0, point);
  const std::size_t second = clock.rfind(':');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const std::size_t first = clock.rfind(':', second - 1);
  const bool hours = first != std::string_view::npos;
  if (!hours && !shape.hours_may_lack) return std::nullopt;
  const auto h = hours ? number(clock.substr(0, first), 1, 4) : 0;
  const std::size_t start = hours ? first + 1 : 0;
  const auto m = number(clock.substr(start, second - start), shape.least_small, 2);
  const auto s = number(clock.substr(second + 1), shape.least_small, 2);
  if (!h || !m || !s || !fraction || *m > 59 || *s > 59) return std::nullopt;
  const std::int64_t ms = ((*h * 60 + *m) * 60 + *s) * 1000 + *fraction;
  if (ms > limits::kMaxTimeMs) return std::nullopt;
  return ms;
}

}  // namespace

std::optional<std::int64_t> parse_srt_time(std::string_view text) {
  return parse(text, {",.", 1, 3, 1, false});
}

std::optional<std::int64_t> parse_webvtt_time(std::string_view text) {
  return parse(text, {".", 3, 3, 2, true});
}

std::optional<std::int64_t> parse_ass_time(std::string_view text) {
  return parse(text, {".", 2, 3, 1, false});
}

std::string webvtt_time(std::int64_t ms) {
  char text[48];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld.%03lld", static_cast<long long>(ms / 3'600'000),
                static_cast<long long>(ms / 60'000 % 60), static_cast<long long>(ms / 1000 % 60),
                static_cast<long long>(ms % 1000));
  return text;
}

std::optional<TimingLine> parse_timing(std::string_view line, ParseTime parse) {
  const std::size_t arrow = line.find("-->");
  if (arrow == std::string_view::npos) return std::nullopt;
  TimingLine out;
  out.start_text = trim(line.substr(0, arrow));
  const std::string_view after = trim(line.substr(arrow + 3));
  const std::size_t end = std::min(after.find_first_of(" \t"), after.size());
  out.end_text = after.substr(0, end);
  out.rest = trim(after.substr(end));
  out.start = parse(out.start_text);
  out.end = parse(out.end_text);
  return out;
}

}  // namespace cliffhanger::captions
