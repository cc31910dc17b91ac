#pragma once
#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "services/recommendation/domain/watching.h"

namespace cliffhanger::recommendation {

// One report of a player, or that it began.
struct PlayReport {
  SessionId session;
  SeriesId series;
  EpisodeId episode;
  Time at{};
  Watch what = Watch::kStarted;
  std::int64_t watched_ms = 0;   // since the report before
  std::int64_t duration_ms = 0;  // of the episode; 0: not told
};

}  // namespace cliffhanger::recommendation
