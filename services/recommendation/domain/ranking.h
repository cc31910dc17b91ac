#pragma once
// What an experiment changes of how the feed ranks.
#include <optional>
#include <string>
#include <string_view>

#include "libs/core/result.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

struct Ranking {
  Policy policy;
  bool model = true;   // whether what viewers take together, as a trained model has it, takes part
  bool learnt = true;  // whether a trained ranking takes the weights' place, if there is one
};

// `base` changed as `text` says: {"weights": {"popularity": 2}, "exploreEvery": 4, "model": false, "learnt":
// false}, each of them optional; weights by their names in Weights, from -100 to 100, and then no trained
// ranking. Fails with INVALID_RANKING, which says why.
Result<Ranking> changed_by(const Policy& base, std::string_view text);

}  // namespace cliffhanger::recommendation
