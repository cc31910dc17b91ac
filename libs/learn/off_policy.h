#pragma once
// What a policy would have earned, told from what another one logged.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::learn {

// One shown action: which, where, how likely the logging policy was to show it there, what came of it.
// Actions and positions count from 0.
struct Logged {
  int action = 0;
  int position = 0;
  double propensity = 0;  // in (0, 1]
  double reward = 0;
};

// The probability of each action at each position: rows of positions. Each row sums to 1.
struct Policy {
  int actions = 0;
  int positions = 0;
  std::vector<double> probability;  // position · actions + action
  double of(int action, int position) const {
    return probability[static_cast<std::size_t>(position * actions + action)];
  }
};

Policy uniform_policy(int actions, int positions);

// Thompson sampling that shows the `positions` actions with the highest draws from Beta(alpha, beta), the
// highest first: how often each comes where in `draws` simulations (Monte Carlo; the same for the same seed).
Policy thompson_policy(std::span<const double> alpha, std::span<const double> beta, int positions, int draws,
                       std::uint64_t seed);

struct Estimate {
  double value = 0;
  double low = 0, high = 0;  // 95 %, by the normal approximation
};

struct PolicyValue {
  std::int64_t rounds = 0;
  double logged = 0;  // the mean reward of the log itself
  Estimate ips;       // Σ w r / n, with w the policy's probability over the propensity (Horvitz & Thompson)
  Estimate snips;     // Σ w r / Σ w (Swaminathan & Joachims 2015); its interval by the delta method
  Estimate dr;  // doubly robust (Dudík et al. 2014): a reward model of action and position, fitted on the
                // half that a round is not in
  double effective_sample_size = 0;  // (Σ w)² / Σ w² (Kish)
  double mean_weight = 0;            // 1 where the log's propensities are right and cover the policy
  double largest_weight = 0;
  std::string refused;  // why the estimates can't be relied on; "" if they can
};

inline constexpr double kLeastEffectiveSample = 100;
inline constexpr double kLeastMeanWeight = 0.8, kMostMeanWeight = 1.25;

// Fails with INVALID_ARGUMENT: EMPTY_LOG, BAD_PROPENSITY, UNKNOWN_ACTION. `refused` is set below
// kLeastEffectiveSample or with a mean weight outside its bounds.
Result<PolicyValue> evaluate_policy(std::span<const Logged> log, const Policy& policy);

}  // namespace cliffhanger::learn
