#include "services/transcode/worker/urgent_runs.h"

#include <limits>

#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

UrgentRuns::Running UrgentRuns::begin(unsigned processors, Time now) {
  const std::lock_guard lock(mutex_);
  busy_ += processors;
  if (busy_ > 0 && busy_ >= processors_ && !full_since_) full_since_ = now;
  return Running(*this, processors);
}

void UrgentRuns::end(unsigned processors) {
  const std::lock_guard lock(mutex_);
  busy_ -= processors;
  if (busy_ == 0 || busy_ < processors_) full_since_.reset();
}

int UrgentRuns::most_priority(Time now) const {
  const std::lock_guard lock(mutex_);
  return full_since_ && now - *full_since_ < most_ ? kFirstSegmentPriority : std::numeric_limits<int>::max();
}

}  // namespace cliffhanger::transcode
