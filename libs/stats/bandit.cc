#include "libs/stats/bandit.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace cliffhanger::stats {
namespace {

constexpr int kDraws = 10'000;  // a weight is right to half a hundredth

}  // namespace

std::vector<double> thompson_weights(std::span<const Arm> arms, bool more_is_better, std::uint64_t seed) {
  const std::size_t k = arms.size();
  std::vector<double> weights(k, k ? 1.0 / static_cast<double>(k) : 0);
  const bool early =
      std::any_of(arms.begin(), arms.end(), [](const Arm& arm) { return arm.people < kBanditPatience; });
  if (k < 2 || early) return weights;
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> wins(k, 0), draws(k);
  for (int round = 0; round < kDraws; ++round) {
    for (std::size_t i = 0; i < k; ++i) {
      const double deviation = std::sqrt(std::max(0.0, arms[i].covariance(kValue, kValue)) / arms[i].people);
      draws[i] = (arms[i].mean(kValue) + deviation * normal(random)) * (more_is_better ? 1 : -1);
    }
    const auto most = *std::max_element(draws.begin(), draws.end());
    // Arms that are the same share what they win.
    const auto same = static_cast<double>(std::count(draws.begin(), draws.end(), most));
    for (std::size_t i = 0; i < k; ++i) wins[i] += draws[i] == most ? 1 / same : 0;
  }
  const double free = 1 - kLeastWeight * static_cast<double>(k);
  for (std::size_t i = 0; i < k; ++i) weights[i] = kLeastWeight + free * wins[i] / kDraws;
  return weights;
}

}  // namespace cliffhanger::stats
