#include "services/transcode/domain/progress.h"

#include <algorithm>

namespace cliffhanger::transcode {

Stage stage_of(const Revision& revision) {
  switch (revision.state) {
    case State::kReady:
      return Stage::kReady;
    case State::kFailed:
      return Stage::kFailed;
    case State::kCancelled:
      return Stage::kCancelled;
    case State::kProcessing:
    case State::kProvisional:
    case State::kEarly:
      break;
  }
  if (revision.segments_total > 0 && revision.segments_done >= revision.segments_total)
    return Stage::kPackaging;
  return revision.started ? Stage::kEncoding : Stage::kQueued;
}

int percent_of(const Revision& revision) {
  if (revision.state == State::kReady) return 100;
  const std::int64_t total = std::max<std::int64_t>(1, revision.segments_total);
  return static_cast<int>(std::clamp<std::int64_t>(revision.segments_done * 99 / total, 0, 99));
}

std::optional<std::int64_t> left_ms(const Plan& plan, const std::map<std::string, FramesDone>& rungs,
                                    std::int64_t elapsed_ms) {
  double missing = 0, fresh = 0;
  for (const media::Rung& rung : all_rungs(plan)) {
    const auto found = rungs.find(rung.name);
    const FramesDone done = found == rungs.end() ? FramesDone() : found->second;
    const double pixels = static_cast<double>(rung.width) * rung.height;
    missing += pixels * static_cast<double>(std::max<std::int64_t>(0, plan.frames - done.all));
    fresh += pixels * static_cast<double>(done.fresh);
  }
  if (missing <= 0) return 0;
  if (fresh <= 0 || elapsed_ms <= 0) return std::nullopt;
  return static_cast<std::int64_t>(static_cast<double>(elapsed_ms) * missing / fresh);
}

}  // namespace cliffhanger::transcode
