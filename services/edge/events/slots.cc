#include "services/edge/events/slots.h"

#include "libs/obs/names.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

StreamSlots::StreamSlots(obs::Metrics& metrics)
    : open_(metrics.gauge(obs::names::kEventStreams, "Event streams that are open")) {}

Result<std::shared_ptr<void>> StreamSlots::take(const std::string& who) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= kMaxStreams)
    return fail(unavailable("STREAMS_BUSY", "Too many event streams are open here; try again in a moment."));
  const auto mine = of_one_.try_emplace(who, 0).first;
  if (mine->second >= kMaxStreamsOfOne)
    return fail(exhausted("TOO_MANY_STREAMS", "Too many of your event streams are open; close one.")
                    .with("retry_after_ms", "2000"));
  ++mine->second;
  open_.set(static_cast<double>(++taken_));
  // The object is this one's; only its end counts.
  return std::shared_ptr<void>(this, [this, who](void*) { give_back(who); });
}

void StreamSlots::give_back(const std::string& who) {
  const std::lock_guard lock(mutex_);
  open_.set(static_cast<double>(--taken_));
  const auto mine = of_one_.find(who);
  if (--mine->second == 0) of_one_.erase(mine);
}

}  // namespace cliffhanger::edge
