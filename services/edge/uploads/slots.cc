#include "services/edge/uploads/slots.h"

#include "services/edge/limits.h"

namespace cliffhanger::edge {

Result<UploadSlots::Slot> UploadSlots::take(const std::string& who) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= kMaxUploadsUnderWay)
    return fail(exhausted("UPLOADS_BUSY", "Too many uploads are under way here; try again in a moment."));
  const auto mine = of_one_.try_emplace(who, 0).first;
  if (mine->second >= kMaxUploadsOfOne)
    return fail(exhausted("TOO_MANY_UPLOADS", "Too many of your uploads are under way; wait for one to end.")
                    .with("retry_after_ms", "1000"));
  ++mine->second;
  ++taken_;
  return Slot(*this, who);
}

void UploadSlots::give_back(const std::string& who) {
  const std::lock_guard lock(mutex_);
  --taken_;
  const auto mine = of_one_.find(who);
  if (--mine->second == 0) of_one_.erase(mine);
}

}  // namespace cliffhanger::edge
