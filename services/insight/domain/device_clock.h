#pragma once
// Times of devices, whose clocks are wrong.
#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::insight {

// A device's clock, as one batch tells: `sent` by it, when it was `received` by ours. The difference is the
// error of the clock and the time on the way, which is small beside it.
class DeviceClock {
 public:
  DeviceClock(Time sent, Time received) : sent_(sent), received_(received) {}
  // When something that the device dates so happened, by our clock; never later than now, which is also all
  // that is known of what is dated after its batch. Fails with TOO_OLD and AFTER_SENDING (limits.h).
  Result<Time> corrected(Time by_device) const;

 private:
  Time sent_, received_;
};

}  // namespace cliffhanger::insight
