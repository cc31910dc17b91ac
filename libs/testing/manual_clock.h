#pragma once
#include <atomic>

#include "libs/core/clock.h"

namespace cliffhanger::harness {

// A clock that stands still until it is told to go on. Starts at 2026-01-01T00:00:00Z.
class ManualClock final : public Clock {
 public:
  Time now() const override { return from_micros(micros_); }
  void advance(Duration by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_{1'767'225'600'000'000};
};

}  // namespace cliffhanger::harness
