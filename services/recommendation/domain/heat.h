#pragma once
#include "libs/core/clock.h"

namespace cliffhanger::recommendation {

// A sum of weights that each lose half their worth in every half-life. Kept as its worth at one moment, so
// that an update needs nothing but the last one.
struct Heat {
  double score = 0;  // at `at`, never negative
  Time at{};
  bool operator==(const Heat&) const = default;
};

// Its worth at `now`; times before `at` count as `at`.
double worth(const Heat& heat, Time now, Duration half_life);

// With `weight` (negative: taken back) added at `now`.
Heat add(const Heat& heat, double weight, Time now, Duration half_life);

// Orders heats of one half-life as their worths do, at any time: two of them never change places while
// nothing is added. Minus infinity for none.
double order_key(const Heat& heat, Duration half_life);

}  // namespace cliffhanger::recommendation
