#include "libs/stats/effect.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace cliffhanger::stats {
namespace {

using Gradient = std::array<double, kQuantities>;

// A metric of an arm with what CUPED takes off.
struct Metric {
  const Arm& arm;
  double theta;

  double unadjusted() const { return over(arm.sum[kValue], arm.sum[kPer]); }
  double before() const { return arm.adjusted ? over(arm.sum[kValueBefore], arm.sum[kPerBefore]) : 0; }
  double value() const { return unadjusted() - theta * before(); }
  // Of value() by the means of the four quantities.
  Gradient gradient() const {
    const double per = arm.mean(kPer), per_before = arm.mean(kPerBefore);
    if (per == 0 || (arm.adjusted && per_before == 0)) return {};
    Gradient out{1 / per, -arm.mean(kValue) / (per * per), 0, 0};
    if (arm.adjusted) {
      out[kValueBefore] = -theta / per_before;
      out[kPerBefore] = theta * arm.mean(kValueBefore) / (per_before * per_before);
    }
    return out;
  }
  // Of a person, for a gradient of the arm's means.
  double variance(const Gradient& g) const { return quadratic(g, g); }
  double quadratic(const Gradient& g, const Gradient& h) const {
    double out = 0;
    for (std::size_t i = 0; i < kQuantities; ++i)
      for (std::size_t j = 0; j < kQuantities; ++j)
        if (g[i] != 0 && h[j] != 0)
          out += g[i] * h[j] * arm.covariance(static_cast<Quantity>(i), static_cast<Quantity>(j));
    return out;
  }
  static double over(double a, double b) { return b == 0 ? 0 : a / b; }
};

Arm both(const Arm& a, const Arm& b) {
  Arm out = a;
  out.people += b.people;
  for (std::size_t i = 0; i < kQuantities; ++i) {
    out.sum[i] += b.sum[i];
    for (std::size_t j = 0; j < kQuantities; ++j) out.product[i][j] += b.product[i][j];
  }
  return out;
}

// What minimises the variance of the difference: the regression of the value on what was before, over both
// arms. For ratios the arms' own variances (as GrowthBook has it), for means those of all people taken
// together.
double theta_of(const Arm& a, const Arm& b) {
  if (!a.adjusted || !b.adjusted) return 0;
  if (!a.ratio) {
    const Arm all = both(a, b);
    const double variance = all.covariance(kValueBefore, kValueBefore);
    return variance > 0 ? all.covariance(kValue, kValueBefore) / variance : 0;
  }
  double covariance = 0, variance = 0;
  for (const Arm* arm : {&a, &b}) {
    const Metric metric{*arm, 1};
    const Gradient all = metric.gradient();
    const Gradient now{all[0], all[1], 0, 0}, before{0, 0, -all[2], -all[3]};
    covariance += metric.quadratic(now, before);
    variance += metric.variance(before);
  }
  return variance > 0 ? covariance / variance : 0;
}

Gradient scaled(Gradient g, double by) {
  for (double& x : g) x *= by;
  return g;
}

struct Estimate {
  double value = 0, variance = 0, degrees = 0, theta = 0, people = 0;
  bool known = false;
};

Estimate estimate(const Arm& control, const Arm& treatment, Difference difference) {
  Estimate out;
  out.people = control.people + treatment.people;
  out.theta = theta_of(control, treatment);
  const Metric a{control, out.theta}, b{treatment, out.theta};
  const double base = std::fabs(a.unadjusted());
  const bool relative = difference == Difference::kRelative;
  if (relative && base == 0) return out;
  const double scale = relative ? 1 / base : 1;
  out.value = (b.value() - a.value()) * scale;
  Gradient of_a = scaled(a.gradient(), -scale);
  if (relative) {
    // The baseline is estimated, too. For means GrowthBook leaves out what CUPED moved, which is nothing on
    // average.
    const double per = control.mean(kPer);
    const double moved = control.ratio ? b.value() - a.value() : b.unadjusted() - a.unadjusted();
    const double through = -moved * std::copysign(1, a.unadjusted()) / (base * base);
    of_a[kValue] += through / per;
    of_a[kPer] -= through * control.mean(kValue) / (per * per);
  }
  const double va = a.variance(of_a) / control.people;
  const double vb = b.variance(scaled(b.gradient(), scale)) / treatment.people;
  out.variance = va + vb;
  const double own_a = a.variance(a.gradient()) / control.people,
               own_b = b.variance(b.gradient()) / treatment.people;
  // Welch and Satterthwaite.
  out.degrees = (own_a + own_b) * (own_a + own_b) /
                (own_a * own_a / (control.people - 1) + own_b * own_b / (treatment.people - 1));
  out.known = control.people > 1 && treatment.people > 1 && own_a > 0 && own_b > 0 && out.variance > 0 &&
              std::isfinite(out.variance) && std::isfinite(out.degrees);
  return out;
}

Effect effect_of(const Estimate& e, double width, double p) {
  Effect out;
  out.estimate = e.value;
  out.standard_error = std::sqrt(e.variance);
  out.low = e.value - width * out.standard_error;
  out.high = e.value + width * out.standard_error;
  out.p = p;
  out.theta = e.theta;
  out.known = true;
  return out;
}

double rho_squared(double alpha, double tightest_at) {
  const double l = -2 * std::log(alpha);
  return (l + std::log(l + 1)) / tightest_at;
}

}  // namespace

Effect t_test(const Arm& control, const Arm& treatment, Difference difference, double alpha) {
  const Estimate e = estimate(control, treatment, difference);
  if (!e.known) return {};
  const boost::math::students_t distribution(e.degrees);
  const double t = std::fabs(e.value) / std::sqrt(e.variance);
  return effect_of(e, boost::math::quantile(boost::math::complement(distribution, alpha / 2)),
                   2 * boost::math::cdf(boost::math::complement(distribution, t)));
}

double sequential_width(double people, double alpha, double tightest_at) {
  const double inflated = people * rho_squared(alpha, tightest_at) + 1;
  return std::sqrt(2 * inflated * std::log(std::sqrt(inflated) / alpha) / (inflated - 1));
}

double sequential_p(double people, double estimate, double variance, double alpha, double tightest_at) {
  const double inflated = people * rho_squared(alpha, tightest_at) + 1;
  // The logarithm of the e-value: the value itself overflows for large effects.
  const double log_e =
      (inflated - 1) / (2 * inflated) * estimate * estimate / variance - 0.5 * std::log(inflated);
  return std::min(1.0, std::exp(-log_e));
}

Effect sequential_test(const Arm& control, const Arm& treatment, Difference difference, double alpha,
                       double tightest_at) {
  const Estimate e = estimate(control, treatment, difference);
  if (!e.known) return {};
  return effect_of(e, sequential_width(e.people, alpha, tightest_at),
                   sequential_p(e.people, e.value, e.variance, alpha, tightest_at));
}

}  // namespace cliffhanger::stats
