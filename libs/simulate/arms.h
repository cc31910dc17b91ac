#pragma once
// Bandits whose arms are known, with rewards that come late and twice.
#include <cstdint>
#include <string>
#include <vector>

namespace cliffhanger::simulate {

struct ArmsOptions {
  int arms = 10;
  int decisions = 10'000;  // one a minute: a week
  bool drifting = false;   // whether the arms' means move, else they stay
  int runs = 10;           // each with other arms
  std::uint64_t seed = 1;
};

// Σ over decisions of the best arm's mean less the shown one's; the mean over runs, and the standard error of
// it.
struct Regret {
  double mean = 0, error = 0;
};

struct ArmsOutcome {
  Regret random, thompson, square_cb;
  Regret free;            // Thompson without the floor of 1 %
  double floor_cost = 0;  // what showing each arm 1 % of the time costs whoever knows the best one: no policy
                          // with that floor has less regret
  // ε-greedy with the parameters that are best for these very runs, which nobody could know: ε at the start,
  // how fast it falls (decisions until half) and how much each reward counts (0: all alike). Without a floor
  // of 1 %.
  Regret oracle;
  double epsilon = 0, half_after = 0, step = 0;
  Regret constant;              // the best one that never falls, without a floor
  Regret oracle_with_floor;     // the best ε-greedy that shows each arm as often as ours has to
  double least_propensity = 1;  // of ours
};

// Ours: Thompson sampling with sharpened Beta posteriors, the half-life that foretells best and a floor of 1
// % an arm, as rank's functions have it, nothing of it tuned here.
ArmsOutcome simulate_arms(const ArmsOptions& options);

}  // namespace cliffhanger::simulate
