#include "libs/stats/bandit.h"

#include <algorithm>
#include <cmath>

#include "libs/rank/bandit.h"

namespace cliffhanger::stats {
namespace {

// Of a mean without variance, in its own size: arms that are the same then share.
constexpr double kLeastDeviation = 1e-9;

rank::GaussianPosterior posterior_of(const Arm& arm, bool more_is_better) {
  const double per = arm.ratio ? arm.mean(kPer) : 1;
  if (!(per > 0)) return {0, kLeastDeviation};
  const double mean = arm.mean(kValue) / per;
  const double variance = (arm.covariance(kValue, kValue) - 2 * mean * arm.covariance(kValue, kPer) +
                           mean * mean * arm.covariance(kPer, kPer)) /
                          (per * per);
  return {more_is_better ? mean : -mean,
          std::max(std::sqrt(std::max(0.0, variance) / arm.people), kLeastDeviation * (1 + std::abs(mean)))};
}

}  // namespace

std::vector<double> thompson_weights(std::span<const Arm> arms, bool more_is_better) {
  const std::size_t k = arms.size();
  const bool early =
      std::any_of(arms.begin(), arms.end(), [](const Arm& arm) { return arm.people < kBanditPatience; });
  if (k < 2 || early) return std::vector<double>(k, k ? 1.0 / static_cast<double>(k) : 0);
  std::vector<rank::GaussianPosterior> posteriors;
  for (const auto& arm : arms) posteriors.push_back(posterior_of(arm, more_is_better));
  return rank::with_floor(rank::thompson(rank::sharpened(std::move(posteriors))));
}

}  // namespace cliffhanger::stats
