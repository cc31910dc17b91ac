#include "services/recommendation/domain/watching.h"

namespace cliffhanger::recommendation {
namespace {

constexpr double kStartWeight = 1, kCompleteWeight = 3, kSkipWeight = -1;
// Players report every few seconds; that a viewer is still there need not be written each time.
constexpr Duration kSeenStep = std::chrono::minutes(1);

double set_once(bool& flag, double weight) {
  if (flag) return 0;
  flag = true;
  return weight;
}

}  // namespace

double take(Watched& watched, Viewing& viewing, EpisodeId episode, Watch what, Time now,
            const Policy& policy) {
  const bool known = watched.started;
  double gain = set_once(watched.started, kStartWeight);
  if (what != Watch::kProgress || !known || now - viewing.seen >= kSeenStep)
    viewing.seen = std::max(viewing.seen, now);
  if (what == Watch::kCompleted) {
    gain += set_once(watched.completed, kCompleteWeight);
    viewing.last_completed = episode;
    viewing.skips = Heat();
  }
  if (what == Watch::kSkipped && !watched.completed) {
    gain += set_once(watched.skipped, kSkipWeight);
    viewing.skips = add(viewing.skips, 1, now, policy.skip_half_life);
  }
  return gain;
}

double worth(Reaction reaction) {
  switch (reaction) {
    case Reaction::kLike:
      return 4;
    case Reaction::kFavourite:
      return 4;
    case Reaction::kFollow:
      return 5;
  }
  return 0;
}

}  // namespace cliffhanger::recommendation
