#pragma once
// What an item is worth, from a log in which the place decided what was looked at.
#include <cstdint>
#include <span>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::rank {

// One item in one shown list. Items and positions count from 0.
struct Placed {
  int item = 0;
  int position = 0;
  double propensity = 1;  // of this item being at this place, by the policy that showed it; in (0, 1]
  bool taken = false;
};

// How likely a place is looked at, relative to the first: the takes of the same mix of items at each place,
// which weighing by one over the propensity makes (Joachims, Swaminathan & Schnabel 2017 call it
// intervention). 1 for the first; places without a take are 0. Fails with INVALID_ARGUMENT (BAD_LOG) for
// items, places or propensities out of bounds, or where the first place has no take.
Result<std::vector<double>> examination(std::span<const Placed> log, int positions);

// For each of `items`: how often it is taken when it is looked at: takes over the sum of the examination of
// the places where it was shown (at least kLeastExamination each), after `prior` looks with the mean of all.
// The ratio of both sums has less variance than weighing each take by one over its examination, and is as
// right. With examination 1 everywhere it is the share of showings that were taken, which is biased.
std::vector<double> attraction(std::span<const Placed> log, int items, std::span<const double> examination,
                               double prior = 10);

inline constexpr double kLeastExamination = 0.02;

}  // namespace cliffhanger::rank
