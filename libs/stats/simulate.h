#pragma once
// Experiments whose truth is known, to see that the statistics tell it. All the same for the same seed.
#include <cstdint>

namespace cliffhanger::stats {

struct FalseAlarms {
  int experiments = 0;
  int sequential = 0;  // in which the sequential test was significant at any look, though nothing differs
  int fixed = 0;       // the same with Welch's test, which is not made for more than one look
  int mismatch = 0;    // in which the sequential test of the split was, at kMismatch
};
// A/A: people by chance in two arms that are the same, looked at `peeks` times, each after `people` more.
// Half of the experiments compare proportions, half a skewed mean (exponential).
FalseAlarms peek_at_nothing(int experiments, int peeks, int people, std::uint64_t seed);

struct VarianceCut {
  double rho_squared = 0;  // of the value and what was before
  double reported = 0;     // 1 − mean of (standard error with CUPED / without)²
  double seen = 0;         // 1 − variance of the estimates with / without, over the experiments
};
VarianceCut cuped_cut(double rho, int experiments, int people, std::uint64_t seed);

struct Coverage {
  double truth = 0;          // the planted difference of the hazards of leaving
  double mean = 0;           // of the estimates
  double covered = 0;        // the share of 95 % intervals that hold the truth
  double mean_censored = 0;  // the share of viewers whom nothing is known of yet
};
// A cliffhanger that changes the hazard of leaving from `control` to `treatment`: `viewers` in each arm who
// reach the end over three windows before they are looked at, so that of some of the last it is not known
// yet.
Coverage cliffhanger_coverage(double control, double treatment, int viewers, int experiments,
                              std::uint64_t seed);

}  // namespace cliffhanger::stats
