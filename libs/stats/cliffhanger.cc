#include "libs/stats/cliffhanger.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace cliffhanger::stats {
namespace {

Effect normal_effect(double estimate, double variance, double width) {
  Effect out;
  out.estimate = estimate;
  out.standard_error = std::sqrt(variance);
  out.low = estimate - width * out.standard_error;
  out.high = estimate + width * out.standard_error;
  out.p = 2 * boost::math::cdf(
                  boost::math::complement(boost::math::normal(), std::fabs(estimate) / out.standard_error));
  out.known = true;
  return out;
}

double normal_width(double alpha) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), alpha / 2));
}

}  // namespace

Leaving leaving(std::vector<Reached> viewers, double window) {
  Leaving out;
  bool seen_through = false;
  for (Reached& one : viewers) {
    // What comes after the window is no longer going on.
    if (one.time > window) one = {window, false, one.people};
    seen_through |= one.time >= window && one.people > 0;
    out.reached += one.people;
    if (one.event) out.went_on += one.people;
    if (!one.event && one.time < window) out.censored += one.people;
  }
  const auto curve = kaplan_meier(std::move(viewers));
  const SurvivalStep end = at_time(curve, window);
  out.hazard = end.survival;
  // With everybody gone on (or nobody), Greenwood knows no variance; an arm of such few people is not known
  // well enough.
  out.standard_error = end.survival > 0 ? end.standard_error() : 0;
  out.known = out.reached > 1 && (seen_through || end.survival == 0);
  const double width = normal_width(kAlpha) * out.standard_error;
  out.low = std::max(0.0, out.hazard - width);
  out.high = out.known ? std::min(1.0, out.hazard + width) : 1;
  return out;
}

Effect leaving_effect(const Leaving& control, const Leaving& treatment, Difference difference,
                      bool sequential, double alpha) {
  const double va = control.standard_error * control.standard_error,
               vb = treatment.standard_error * treatment.standard_error;
  if (!control.known || !treatment.known || !(va > 0) || !(vb > 0)) return {};
  const double base = control.hazard, moved = treatment.hazard - base;
  const bool relative = difference == Difference::kRelative;
  const double estimate = relative ? moved / base : moved;
  const double variance =
      relative ? vb / (base * base) + va * treatment.hazard * treatment.hazard / std::pow(base, 4) : va + vb;
  if (!sequential) return normal_effect(estimate, variance, normal_width(alpha));
  const double people = control.reached + treatment.reached;
  Effect out = normal_effect(estimate, variance, sequential_width(people, alpha));
  out.p = sequential_p(people, estimate, variance, alpha);
  return out;
}

Effect pooled(std::span<const Effect> effects, double alpha) {
  double weight = 0, sum = 0;
  for (const Effect& one : effects) {
    if (!one.known || !(one.standard_error > 0)) continue;
    const double w = 1 / (one.standard_error * one.standard_error);
    weight += w, sum += w * one.estimate;
  }
  return weight > 0 ? normal_effect(sum / weight, 1 / weight, normal_width(alpha)) : Effect{};
}

}  // namespace cliffhanger::stats
