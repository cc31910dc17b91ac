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
  bool model = true;  // whether trained models take part
};

// `base` changed as `text` says: {"weights": {"popularity": 2}, "exploreEvery": 4, "model": false}, each of
// them optional; weights by their names in Weights, from -100 to 100. Fails with INVALID_RANKING, which says
// why.
Result<Ranking> changed_by(const Policy& base, std::string_view text);

}  // namespace cliffhanger::recommendation
