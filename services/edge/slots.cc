#include "services/edge/slots.h"

#include "libs/obs/names.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

// Of things that stay open until their reader closes them.
Slots::Limits of_open(std::size_t most, std::size_t most_of_one, const std::string& things, std::string busy, std::string too_many) {
  return {most, most_of_one, unavailable(std::move(busy), "Too many " + things + " are open here; try again in a moment."),
          exhausted(std::move(too_many), "Too many of your " + things + " are open; close one.").with("retry_after_ms", "2000")};
}

}  // namespace

Slots stream_slots(obs::Metrics& metrics) {
  return Slots(of_open(kMaxStreams, kMaxStreamsOfOne, "event streams", "STREAMS_BUSY", "TOO_MANY_STREAMS"),
               metrics.gauge(obs::names::kEventStreams, "Event streams that are open"));
}

Slots pack_slots(obs::Metrics& metrics) {
  return Slots(of_open(kMaxPacks, kMaxPacksOfOne, "start packs", "PACKS_BUSY", "TOO_MANY_PACKS"),
               metrics.gauge(obs::names::kPacks, "Start packs being made or sent"));
}

Slots upload_slots() {
  return Slots({kMaxUploadsUnderWay, kMaxUploadsOfOne,
                exhausted("UPLOADS_BUSY", "Too many uploads are under way here; try again in a moment."),
                exhausted("TOO_MANY_UPLOADS", "Too many of your uploads are under way; wait for one to end.")
                    .with("retry_after_ms", "1000")});
}

Slots body_slots() {
  return Slots({kMaxLargeBodies, kMaxLargeBodiesOfOne,
                unavailable("BODIES_BUSY", "Too many large bodies are on their way; try again in a moment."),
                exhausted("TOO_MANY_BODIES", "Too many of your large bodies are on their way; wait for one to end.")
                    .with("retry_after_ms", "1000")});
}

Result<std::shared_ptr<void>> Slots::take(const std::string& who) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= limits_.most) return fail(limits_.busy);
  const auto mine = of_one_.try_emplace(who, 0).first;
  if (mine->second >= limits_.most_of_one) return fail(limits_.too_many);
  ++mine->second;
  ++taken_;
  show();
  // The object is this one's; only its end counts.
  return std::shared_ptr<void>(this, [this, who](void*) { give_back(who); });
}

void Slots::show() const {
  if (open_) open_->set(static_cast<double>(taken_));
}

void Slots::give_back(const std::string& who) {
  const std::lock_guard lock(mutex_);
  --taken_;
  show();
  const auto mine = of_one_.find(who);
  if (--mine->second == 0) of_one_.erase(mine);
}

}  // namespace cliffhanger::edge
