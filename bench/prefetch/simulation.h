#pragma once
// One viewer swiping through a feed on one network, under one policy of fetching ahead.
#include <vector>

#include "bench/prefetch/model.h"

namespace cliffhanger::bench {

enum class Policy {
  kNone,        // nothing is fetched before it is watched
  kEverything,  // the whole of the next three, one after the other, in the rung that plays
  kTopFirst,    // the first segment of the next three in the largest rung
  kNextFour,    // four seconds of the next one, request by request, as the web page does
  kPacks,  // start packs: of the next three once three seconds are buffered, and of what is swiped to without
           // one
};

struct Outcome {
  std::vector<double> startups;  // seconds from a swipe to the first segment, of every episode but the first
  double bytes = 0, wasted = 0;  // fetched; and of them never played
  double played = 0, stalled = 0;  // seconds; stalls after the start
  double quality = 0;              // seconds played, times the rung's side in pixels
};

Outcome simulate(const std::vector<Episode>& episodes, const NetworkKind& network, Policy policy,
                 std::uint64_t seed);

}  // namespace cliffhanger::bench
