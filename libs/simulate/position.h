#pragma once
// Position bias: what a log teaches if the place decides what is looked at.
#include <cstdint>

#include "libs/core/result.h"

namespace cliffhanger::simulate {

struct PositionOptions {
  int items = 300, positions = 10, lists = 60'000;
  double explored = 0.2;  // of the lists are drawn at random
  std::uint64_t seed = 1;
};

// Expected takes from the ten items that each way of counting holds for the best, in their order and over
// those of the truly best.
struct PositionOutcome {
  double logged = 0;             // the list that the log's policy shows
  double naive = 0;              // takes over showings
  double corrected = 0;          // with examination learnt from the log's propensities
  double examination_error = 0;  // mean distance of the learnt examination from the true one
};

Result<PositionOutcome> simulate_position(const PositionOptions& options);

}  // namespace cliffhanger::simulate
