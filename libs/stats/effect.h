#pragma once
// How an arm differs from the control, with an interval and a p-value. The figures are those of GrowthBook's
// gbstats, to the digit where it is exact.
#include <string>

#include "libs/stats/arm.h"

namespace cliffhanger::stats {

enum class Difference {
  kRelative,  // (b − a) / |a|
  kAbsolute,  // b − a
};

struct Effect {
  double estimate = 0;
  double standard_error = 0;
  double low = 0, high = 0;  // the interval at 1 − alpha
  double p = 1;              // two-sided
  double theta = 0;          // what CUPED took off per unit of the pre-period; 0 without
  bool known = false;        // false without people, variance or a baseline: the rest is then as above
};

inline constexpr double kAlpha = 0.05;
// The number of people at which the sequential interval is tightest.
inline constexpr double kTightestAt = 5000;

// Welch's t-test (delta method for relative differences): right at one look at the end, planned before.
Effect t_test(const Arm& control, const Arm& treatment, Difference difference, double alpha = kAlpha);

// An asymptotic confidence sequence (Waudby-Smith et al., arXiv:2103.06476v7, eq. 9 and 155): right at any
// number of looks. The price is an interval about half as wide again.
Effect sequential_test(const Arm& control, const Arm& treatment, Difference difference, double alpha = kAlpha,
                       double tightest_at = kTightestAt);

// Half the width of that sequence's interval for `people` in both arms, per unit of standard error.
double sequential_width(double people, double alpha = kAlpha, double tightest_at = kTightestAt);

// Its p-value for an estimate and the variance of that.
double sequential_p(double people, double estimate, double variance, double alpha = kAlpha,
                    double tightest_at = kTightestAt);

}  // namespace cliffhanger::stats
