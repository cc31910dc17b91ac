#include "services/edge/slots.h"

#include "libs/obs/names.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

Slots stream_slots(obs::Metrics& metrics) {
  return {{kMaxStreams, kMaxStreamsOfOne, "event streams", "STREAMS_BUSY", "TOO_MANY_STREAMS"},
          metrics.gauge(obs::names::kEventStreams, "Event streams that are open")};
}

Slots pack_slots(obs::Metrics& metrics) {
  return {{kMaxPacks, kMaxPacksOfOne, "start packs", "PACKS_BUSY", "TOO_MANY_PACKS"},
          metrics.gauge(obs::names::kPacks, "Start packs being made or sent")};
}

Result<std::shared_ptr<void>> Slots::take(const std::string& who) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= limits_.most)
    return fail(
        unavailable(limits_.busy, "Too many " + limits_.things + " are open here; try again in a moment."));
  const auto mine = of_one_.try_emplace(who, 0).first;
  if (mine->second >= limits_.most_of_one)
    return fail(exhausted(limits_.too_many, "Too many of your " + limits_.things + " are open; close one.")
                    .with("retry_after_ms", "2000"));
  ++mine->second;
  open_.set(static_cast<double>(++taken_));
  // The object is this one's; only its end counts.
  return std::shared_ptr<void>(this, [this, who](void*) { give_back(who); });
}

void Slots::give_back(const std::string& who) {
  const std::lock_guard lock(mutex_);
  open_.set(static_cast<double>(--taken_));
  const auto mine = of_one_.find(who);
  if (--mine->second == 0) of_one_.erase(mine);
}

}  // namespace cliffhanger::edge
