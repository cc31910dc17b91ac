#include "services/transcode/domain/early.h"

namespace cliffhanger::transcode {
namespace {

// Somebody waits for these as soon as the upload ends, but for the heads of what is there already somebody
// waits now.
constexpr int kEarlyPriority = 45;
constexpr int kOtherEarlyPriority = 150;

}  // namespace

std::vector<Run> early_runs(const Plan& plan) {
  std::vector<Run> out;
  if (grid_of(plan).segments() <= kHeadSegments) return out;
  for (Run& run : runs(plan)) {
    if (run.kind != Kind::kEncode || run.first >= kHeadSegments) continue;
    run.priority = urgency_of(plan, run) == Urgency::kNone ? kOtherEarlyPriority : kEarlyPriority;
    run.kind = Kind::kEarly;
    out.push_back(std::move(run));
  }
  return out;
}

std::vector<Recipe> early_recipes(const Plan& plan, const Head& head) {
  std::vector<Recipe> out = recipes(plan, head.sha256 + " as the first " + std::to_string(head.bytes) +
                                              " of " + std::to_string(head.whole_bytes));
  std::erase_if(out, [](const Recipe& one) {
    return one.name.index >= kHeadSegments || one.name.track == kAudio || is_still(one.name.track);
  });
  return out;
}

}  // namespace cliffhanger::transcode
