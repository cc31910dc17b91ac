#include "libs/core/clock.h"

#include <cstdio>
#include <ctime>

namespace cliffhanger {

Time SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::int64_t to_micros(Time time) { return time.time_since_epoch().count(); }

Time from_micros(std::int64_t micros) { return Time(std::chrono::microseconds(micros)); }

std::string to_rfc3339(Time time) {
  const std::int64_t micros = to_micros(time);
  std::int64_t fraction = micros % 1'000'000;
  std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  if (fraction < 0) {
    fraction += 1'000'000;
    --seconds;
  }
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, static_cast<int>(fraction));
  return text;
}

}  // namespace cliffhanger
