#pragma once
#include <cstdint>
#include <vector>

#include "libs/core/id.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

enum class Reason { kPopular, kFollowed, kNew };

// A series that could be shown to one viewer, and how the viewer stands to it.
struct Candidate {
  SeriesId id;
  Time published{};
  Heat heat;
  bool started = false;  // the viewer has seen some of it
  bool left = true;      // it has an episode that the viewer has not completed
  Heat skips;
  int likes = 0;  // of the series and of its episodes
  bool favourite = false, follows = false, follows_creator = false;
};

struct Pick {
  SeriesId id;
  Reason reason = Reason::kPopular;
  bool operator==(const Pick&) const = default;
};

// One page chain's place: what is frozen for it, and how many slots earlier pages filled.
struct Slots {
  Time now{};
  std::uint64_t seed = 0;
  std::size_t first = 0;
  std::size_t most = 0;  // picks wanted
};

// How much a viewer wants a series; compares candidates of one tier.
double score(const Candidate& candidate, const Policy& policy, Time now);

// The order in which a viewer is shown `candidates`, at most slots.most of them, each once:
//   first what the viewer has not started (or follows) and something is left of, then what was started, last
//   what was completed; within a tier the best score, then the newer, then the greater id; every
//   policy.explore_every-th slot takes a series that is new and unseen, drawn by the seed, as long as there
//   is one.
// The same arguments give the same order.
std::vector<Pick> rank(const std::vector<Candidate>& candidates, const Policy& policy, const Slots& slots);

}  // namespace cliffhanger::recommendation
