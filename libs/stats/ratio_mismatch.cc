#include "libs/stats/ratio_mismatch.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <numeric>

namespace cliffhanger::stats {
namespace {

// How sure the prior is of the weights, in people.
constexpr double kConcentration = 100;

double total(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

double mismatch_p(std::span<const double> people, std::span<const double> weights) {
  const double n = total(people), weight = total(weights);
  if (!(n > 0) || !(weight > 0) || people.size() < 2 || people.size() != weights.size()) return 1;
  double x = 0;
  for (std::size_t i = 0; i < people.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double expected = weights[i] / weight * n;
    x += (people[i] - expected) * (people[i] - expected) / expected;
  }
  const boost::math::chi_squared distribution(static_cast<double>(people.size() - 1));
  return boost::math::cdf(boost::math::complement(distribution, x));
}

double sequential_mismatch_p(std::span<const double> people, std::span<const double> weights) {
  const double n = total(people), weight = total(weights);
  if (!(n > 0) || !(weight > 0) || people.size() != weights.size()) return 1;
  double log_factor = std::lgamma(kConcentration) - std::lgamma(kConcentration + n);
  for (std::size_t i = 0; i < people.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double share = weights[i] / weight, prior = kConcentration * share;
    log_factor += std::lgamma(prior + people[i]) - std::lgamma(prior) - people[i] * std::log(share);
  }
  return std::min(1.0, std::exp(-log_factor));
}

}  // namespace cliffhanger::stats
