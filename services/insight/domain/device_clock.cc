#include "services/insight/domain/device_clock.h"

#include <algorithm>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {

Result<Time> DeviceClock::corrected(Time by_device) const {
  if (by_device > sent_ + kAfterSending)
    return fail(invalid("AFTER_SENDING", "The event is more than seven days later than its batch."));
  if (by_device < sent_ - kOldest) return fail(invalid("TOO_OLD", "The event is more than seven days old."));
  return std::min(received_, received_ - (sent_ - by_device));
}

}  // namespace cliffhanger::insight
