#include "libs/stats/power.h"

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>

namespace cliffhanger::stats {
namespace {

double upper(double tail) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), tail));
}

// Of the absolute difference, for one person in each arm.
double variance_of_one(const PlanInput& in) {
  return 2 * in.variance * (1 - in.variance_taken);
}

bool sensible(const PlanInput& in) {
  return in.variance > 0 && in.effect != 0 && in.mean != 0 &&
         std::isfinite(in.variance + in.effect + in.mean) && in.alpha > 0 && in.alpha < 1 && in.power > 0 &&
         in.power < 1 && in.variance_taken >= 0 && in.variance_taken < 1;
}

}  // namespace

Plan people_needed(const PlanInput& in) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  if (!sensible(in)) return {kNever, kNever};
  const double effect = std::fabs(in.effect * in.mean), one = variance_of_one(in), beta = upper(1 - in.power);
  Plan out;
  out.people = std::ceil(std::pow(upper(in.alpha / 2) + beta, 2) * one / (effect * effect));
  // The sequence's width falls with people; the first number at which it is narrow enough.
  const auto enough = [&](double n) {
    return (sequential_width(2 * n, in.alpha) + beta) * std::sqrt(one / n) <= effect;
  };
  double low = 1, high = 2;
  while (!enough(high) && high < 1e15) low = high, high *= 2;
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (enough(middle) ? high : low) = middle;
  }
  out.peeking = high;
  return out;
}

double power_of(const PlanInput& in, double people) {
  if (!sensible(in) || !(people > 0)) return 0;
  const double z = std::fabs(in.effect * in.mean) / std::sqrt(variance_of_one(in) / people),
               wall = upper(in.alpha / 2);
  const boost::math::normal normal;
  return boost::math::cdf(normal, z - wall) + boost::math::cdf(normal, -z - wall);
}

}  // namespace cliffhanger::stats
