#include "services/edge/rest/time_text.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace cliffhanger::edge::rest {
namespace {

constexpr std::int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z
constexpr std::int64_t kMostSeconds = 315576000000;  // of a duration

// Takes exactly `count` digits from the front.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" → 500000000; nothing there → 0.
std::optional<std::int32_t> fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int32_t nanos = 0;
  int count = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (++count > 9) return std::nullopt;
    nanos = nanos * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (count == 0) return std::nullopt;
  for (; count < 9; ++count) nanos *= 10;
  return nanos;
}

std::string write_fraction(std::int32_t nanos) {
  if (nanos == 0) return "";
  char text[16];
  if (nanos % 1'000'000 == 0) {
    std::snprintf(text, sizeof text, ".%03d", nanos / 1'000'000);
  } else if (nanos % 1'000 == 0) {
    std::snprintf(text, sizeof text, ".%06d", nanos / 1'000);
  } else {
    std::snprintf(text, sizeof text, ".%09d", nanos);
  }
  return text;
}

// "Z", "+05:30" → seconds east.
std::optional<int> offset(std::string_view& text) {
  if (take(text, 'Z')) return 0;
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  const auto hours = sign == 0 ? std::nullopt : digits(text, 2);
  const auto minutes = hours && take(text, ':') ? digits(text, 2) : std::nullopt;
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<std::int64_t> date(std::string_view& text) {
  const auto year = digits(text, 4);
  const auto month = year && take(text, '-') ? digits(text, 2) : std::nullopt;
  const auto day = month && take(text, '-') ? digits(text, 2) : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day whole{std::chrono::year(*year),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*day))};
  if (!whole.ok()) return std::nullopt;
  return std::chrono::sys_days(whole).time_since_epoch().count() * std::int64_t{86400};
}

}  // namespace

std::optional<google::protobuf::Timestamp> parse_timestamp(std::string_view text) {
  const auto days = date(text);
  if (!days || !take(text, 'T')) return std::nullopt;
  const auto hour = digits(text, 2);
  const auto minute = hour && take(text, ':') ? digits(text, 2) : std::nullopt;
  const auto second = minute && take(text, ':') ? digits(text, 2) : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto nanos = fraction(text);
  const auto east = nanos ? offset(text) : std::nullopt;
  if (!east || !text.empty()) return std::nullopt;
  const std::int64_t seconds = *days + *hour * 3600 + *minute * 60 + *second - *east;
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(*nanos);
  return time;
}

std::string write_timestamp(const google::protobuf::Timestamp& time) {
  using namespace std::chrono;
  const sys_seconds at{seconds(std::clamp(time.seconds(), kFirstSecond, kLastSecond))};
  const auto day = floor<days>(at);
  const year_month_day whole{day};
  const hh_mm_ss clock{at - day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(whole.year()),
                static_cast<unsigned>(whole.month()), static_cast<unsigned>(whole.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text + write_fraction(std::clamp(time.nanos(), 0, 999'999'999)) + "Z";
}

std::optional<google::protobuf::Duration> parse_duration(std::string_view text) {
  const bool negative = take(text, '-');
  std::int64_t seconds = 0;
  std::size_t count = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && ++count <= 12) {
    seconds = seconds * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  const auto nanos = count == 0 ? std::nullopt : fraction(text);
  if (!nanos || text != "s" || seconds > kMostSeconds) return std::nullopt;
  google::protobuf::Duration duration;
  duration.set_seconds(negative ? -seconds : seconds);
  duration.set_nanos(negative ? -*nanos : *nanos);
  return duration;
}

std::string write_duration(const google::protobuf::Duration& duration) {
  const bool negative = duration.seconds() < 0 || duration.nanos() < 0;
  const std::string seconds = std::to_string(duration.seconds());
  return (negative ? "-" : "") + seconds.substr(seconds.starts_with('-') ? 1 : 0) +
         write_fraction(std::abs(duration.nanos())) + "s";
}

}  // namespace cliffhanger::edge::rest
