#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace cliffhanger {

// UTC, microseconds: what PostgreSQL's timestamptz keeps.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

// Where code gets the time from. Owned by whoever wires; safe from many threads.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  Time now() const override;
};

std::int64_t to_micros(Time time);  // since 1970-01-01T00:00:00Z
Time from_micros(std::int64_t micros);
std::string to_rfc3339(Time time);  // 2026-11-22T09:30:00.000000Z

// Sets a google.protobuf.Timestamp, or whatever has whole seconds and nanoseconds from 0 up.
template <class Timestamp>
void set_time(Timestamp* out, Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out->set_seconds(seconds.time_since_epoch().count());
  out->set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(time - seconds).count()));
}

// The other way round.
template <class Timestamp>
Time time_of(const Timestamp& in) {
  return Time(std::chrono::duration_cast<Duration>(std::chrono::seconds(in.seconds()) +
                                                   std::chrono::nanoseconds(in.nanos())));
}

}  // namespace cliffhanger
