#include "libs/learn/off_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace cliffhanger::learn {
namespace {

constexpr double kNormal95 = 1.959963984540054;
constexpr double kPriorRounds =
    10;  // of the mean reward, which the reward model starts every action and position with

// The mean of `values`, with its interval; `centre` is what is reported.
Estimate around(double centre, const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double error = n > 1 ? kNormal95 * std::sqrt(squares / (n - 1) / n) : 0;
  return {centre, centre - error, centre + error};
}

// Mean rewards by action and position from the rounds of one half, drawn towards the mean of all.
std::vector<double> reward_model(std::span<const Logged> log, const Policy& policy, std::size_t half) {
  std::vector<double> sum(policy.probability.size(), 0), count(policy.probability.size(), 0);
  double all = 0, rounds = 0;
  for (std::size_t i = half; i < log.size(); i += 2) {
    const auto at = static_cast<std::size_t>(log[i].position * policy.actions + log[i].action);
    sum[at] += log[i].reward;
    ++count[at];
    all += log[i].reward;
    ++rounds;
  }
  const double mean = rounds > 0 ? all / rounds : 0;
  for (std::size_t at = 0; at < sum.size(); ++at)
    sum[at] = (sum[at] + kPriorRounds * mean) / (count[at] + kPriorRounds);
  return sum;
}

std::vector<double> doubly_robust(std::span<const Logged> log, const Policy& policy,
                                  const std::vector<double>& weight) {
  std::vector<double> out(log.size());
  for (const std::size_t half : {0u, 1u}) {
    const auto model = reward_model(log, policy, 1 - half);
    std::vector<double> expected(static_cast<std::size_t>(policy.positions), 0);
    for (std::size_t at = 0; at < model.size(); ++at)
      expected[at / static_cast<std::size_t>(policy.actions)] += policy.probability[at] * model[at];
    for (std::size_t i = half; i < log.size(); i += 2) {
      const auto at = static_cast<std::size_t>(log[i].position * policy.actions + log[i].action);
      out[i] = expected[static_cast<std::size_t>(log[i].position)] + weight[i] * (log[i].reward - model[at]);
    }
  }
  return out;
}

Result<void> check(std::span<const Logged> log, const Policy& policy) {
  if (log.empty()) return fail(invalid("EMPTY_LOG", "The log holds no rounds."));
  for (std::size_t i = 0; i < log.size(); ++i) {
    const auto& round = log[i];
    if (!(round.propensity > 0 && round.propensity <= 1) || !std::isfinite(round.reward))
      return fail(invalid(
          "BAD_PROPENSITY",
          fmt::format("Round {}: a propensity above 0 and up to 1 and a finite reward expected.", i + 1)));
    if (round.action < 0 || round.action >= policy.actions || round.position < 0 ||
        round.position >= policy.positions)
      return fail(invalid("UNKNOWN_ACTION",
                          fmt::format("Round {}: the policy knows nothing of action {} at position {}.",
                                      i + 1, round.action, round.position)));
  }
  return {};
}

}  // namespace

Policy uniform_policy(int actions, int positions) {
  return {actions, positions,
          std::vector<double>(static_cast<std::size_t>(actions * positions), 1.0 / actions)};
}

Policy thompson_policy(std::span<const double> alpha, std::span<const double> beta, int positions, int draws,
                       std::uint64_t seed) {
  const int actions = static_cast<int>(alpha.size());
  Policy out{actions, positions, std::vector<double>(static_cast<std::size_t>(actions * positions), 0)};
  std::mt19937_64 random(seed);
  std::vector<std::gamma_distribution<double>> up, down;
  for (int a = 0; a < actions; ++a) {
    up.emplace_back(alpha[a], 1.0);
    down.emplace_back(beta[a], 1.0);
  }
  std::vector<std::pair<double, int>> drawn(static_cast<std::size_t>(actions));
  for (int i = 0; i < draws; ++i) {
    for (int a = 0; a < actions; ++a) {
      const double x = up[a](random), y = down[a](random);
      drawn[a] = {-x / (x + y), a};
    }
    std::partial_sort(drawn.begin(), drawn.begin() + positions, drawn.end());
    for (int p = 0; p < positions; ++p)
      out.probability[static_cast<std::size_t>(p * actions + drawn[p].second)] += 1.0 / draws;
  }
  return out;
}

Result<PolicyValue> evaluate_policy(std::span<const Logged> log, const Policy& policy) {
  CH_TRY(check(log, policy));
  PolicyValue out;
  out.rounds = std::ssize(log);
  const auto n = static_cast<double>(log.size());
  std::vector<double> weight, weighted;
  double sum = 0, squares = 0, reward = 0;
  for (const auto& round : log) {
    const double w = policy.of(round.action, round.position) / round.propensity;
    weight.push_back(w);
    weighted.push_back(w * round.reward);
    sum += w;
    squares += w * w;
    reward += w * round.reward;
    out.logged += round.reward / n;
    out.largest_weight = std::max(out.largest_weight, w);
  }
  out.mean_weight = sum / n;
  out.effective_sample_size = squares > 0 ? sum * sum / squares : 0;
  out.ips = around(reward / n, weighted);
  const double ratio = sum > 0 ? reward / sum : 0;
  std::vector<double> influence(log.size());
  for (std::size_t i = 0; i < log.size(); ++i)
    influence[i] = sum > 0 ? weight[i] * (log[i].reward - ratio) / out.mean_weight : 0;
  out.snips = around(ratio, influence);
  const auto robust = doubly_robust(log, policy, weight);
  out.dr = around(std::accumulate(robust.begin(), robust.end(), 0.0) / n, robust);
  if (out.effective_sample_size < kLeastEffectiveSample)
    out.refused = fmt::format(
        "the effective sample size is {:.1f}, and {:.0f} the least: the log says too little of this policy",
        out.effective_sample_size, kLeastEffectiveSample);
  else if (out.mean_weight < kLeastMeanWeight || out.mean_weight > kMostMeanWeight)
    out.refused = fmt::format(
        "the mean weight is {:.3f}, outside {} to {}: the log's propensities are not those of the policy "
        "that logged, "
        "or it never shows what this one does",
        out.mean_weight, kLeastMeanWeight, kMostMeanWeight);
  return out;
}

}  // namespace cliffhanger::learn
