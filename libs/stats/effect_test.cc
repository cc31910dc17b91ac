#include "libs/stats/effect.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cliffhanger::stats {
namespace {

TEST(Effects, AreUnknownWhereNothingCanBeSaid) {
  const Arm none, one = mean_arm(1, 5, 25), many = mean_arm(100, 200, 900), same = mean_arm(100, 200, 400);
  for (const Effect& effect :
       {t_test(none, none, Difference::kRelative), t_test(one, many, Difference::kRelative),
        t_test(many, one, Difference::kRelative), t_test(same, many, Difference::kRelative),
        sequential_test(none, many, Difference::kRelative),
        t_test(mean_arm(100, 0, 50), many, Difference::kRelative),
        t_test(proportion_arm(100, 0), proportion_arm(100, 5), Difference::kRelative)}) {
    EXPECT_FALSE(effect.known);
    EXPECT_EQ(effect.p, 1);
  }
  EXPECT_TRUE(t_test(mean_arm(100, 0, 50), many, Difference::kAbsolute).known);
}

TEST(Effects, TurnRoundWithTheirArms) {
  const Arm a = mean_arm(300, 900, 5000), b = mean_arm(500, 1700, 11'000);
  const Effect there = t_test(a, b, Difference::kAbsolute), back = t_test(b, a, Difference::kAbsolute);
  EXPECT_DOUBLE_EQ(there.estimate, -back.estimate);
  EXPECT_NEAR(there.low, -back.high, 1e-12);
  EXPECT_NEAR(there.p, back.p, 1e-12);
}

// A p-value below alpha and an interval without zero are the same thing.
TEST(Sequential, IntervalAndPAgree) {
  for (int step = 0; step <= 60; ++step) {
    const Arm a = mean_arm(2000, 4000, 20'000), b = mean_arm(2000, 4000 + step * 10.0, 20'000 + step * 45.0);
    const Effect effect = sequential_test(a, b, Difference::kAbsolute);
    EXPECT_EQ(effect.p < kAlpha, effect.low > 0 || effect.high < 0) << step;
    EXPECT_LT(t_test(a, b, Difference::kAbsolute).high - effect.estimate, effect.high - effect.estimate);
  }
}

TEST(Sequential, HugeEffectsDoNotOverflow) {
  const Effect effect =
      sequential_test(mean_arm(1e6, 1e6, 1.1e6), mean_arm(1e6, 1e9, 1.1e12), Difference::kAbsolute);
  EXPECT_EQ(effect.p, 0);
  EXPECT_TRUE(std::isfinite(effect.low) && std::isfinite(effect.high));
}

TEST(Sequential, IsTightestWhereItShouldBe) {
  // Width by the root of people, as that of a t-test is constant there.
  double best = 1e9, at = 0;
  for (double n = 500; n < 50'000; n += 100) {
    const double width = sequential_width(n);
    if (width < best) best = width, at = n;
  }
  EXPECT_NEAR(at, kTightestAt, 1000);
}

TEST(Cuped, WithoutAnythingBeforeChangesNothing) {
  Arm a = mean_arm(300, 900, 5000), b = mean_arm(500, 1700, 11'000);
  const Effect plain = t_test(a, b, Difference::kRelative);
  a.adjusted = b.adjusted = true;
  const Effect adjusted = t_test(a, b, Difference::kRelative);
  EXPECT_EQ(adjusted.theta, 0);
  EXPECT_DOUBLE_EQ(adjusted.low, plain.low);
}

}  // namespace
}  // namespace cliffhanger::stats
