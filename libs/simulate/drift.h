#pragma once
// Tastes that move on: what folding in yesterday is worth.
#include <cstdint>

#include "libs/core/result.h"

namespace cliffhanger::simulate {

struct DriftOptions {
  int viewers = 600, items = 600, topics = 12;
  int learnt_days = 10, tested_days = 10;
  int a_day = 4;         // items that each viewer takes
  double half_life = 5;  // days until a taste is half another
  std::uint64_t seed = 1;
  int threads = 2;
};

// The share of what viewers take on a day that was among the ten recommended to them before it began, over
// the tested days.
struct DriftOutcome {
  double popularity = 0;
  double once = 0;       // iALS, and everybody as they were when it was trained
  double folded = 0;     // the same factors of items, everybody's history up to yesterday folded in
  double retrained = 0;  // iALS trained anew every day
  double truth = 0;      // the day's true tastes
  double recency = 1;    // that the last learnt day chose
};

// Fails only if iALS does.
Result<DriftOutcome> simulate_drift(const DriftOptions& options);

}  // namespace cliffhanger::simulate
