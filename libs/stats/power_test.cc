#include "libs/stats/power.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cliffhanger::stats {
namespace {

TEST(Power, KnownSizes) {
  // 10 % to 11 %, power 80 %: 14,128 in each arm by (z + z)² · 2 p (1 − p) / d², with p of the control.
  PlanInput in{.mean = 0.1, .variance = 0.09, .effect = 0.1};
  const Plan plan = people_needed(in);
  EXPECT_NEAR(plan.people, std::pow(1.959964 + 0.841621, 2) * 2 * 0.09 / (0.01 * 0.01), 1.5);
  EXPECT_NEAR(power_of(in, plan.people), 0.8, 1e-4);
  EXPECT_GT(plan.peeking, plan.people) << "looking at any time has its price";
  EXPECT_LT(plan.peeking, 3 * plan.people);
  in.variance_taken = 0.5;
  EXPECT_NEAR(people_needed(in).people, plan.people / 2, 1);
  in.effect = -0.1;
  EXPECT_NEAR(people_needed(in).people, plan.people / 2, 1) << "less counts as more does";
}

TEST(Power, OfWhatIsNoPlan) {
  for (const PlanInput& in :
       {PlanInput{}, PlanInput{.mean = 1, .variance = 1}, PlanInput{.mean = 1, .variance = -1, .effect = 0.1},
        PlanInput{.mean = 1, .variance = 1, .effect = 0.1, .alpha = 0},
        PlanInput{.mean = 1, .variance = 1, .effect = 0.1, .power = 1},
        PlanInput{.mean = NAN, .variance = 1, .effect = 0.1}}) {
    EXPECT_TRUE(std::isinf(people_needed(in).people));
    EXPECT_TRUE(std::isinf(people_needed(in).peeking));
    EXPECT_EQ(power_of(in, 100), 0);
  }
}

}  // namespace
}  // namespace cliffhanger::stats
