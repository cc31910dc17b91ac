#include "libs/stats/bandit.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace cliffhanger::stats {
namespace {

TEST(Bandit, GivesTheBestMostAndNobodyNothing) {
  const std::vector<Arm> arms{proportion_arm(5000, 500), proportion_arm(5000, 700),
                              proportion_arm(5000, 300)};
  const auto weights = thompson_weights(arms, true, 7);
  EXPECT_NEAR(weights[1], 0.98, 0.001);
  EXPECT_DOUBLE_EQ(weights[0], kLeastWeight);
  EXPECT_DOUBLE_EQ(weights[2], kLeastWeight);
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-9);
  EXPECT_NEAR(thompson_weights(arms, false, 7)[2], 0.98, 0.001);
  EXPECT_EQ(weights, thompson_weights(arms, true, 7));
}

TEST(Bandit, SharesByHowLikelyEachIsBest) {
  // The difference of the means is one of its standard errors: the better one wins with 84 %.
  const std::vector<Arm> arms{mean_arm(1000, 10'000, 101'000),
                              mean_arm(1000, 10'000 + 44.72, 101'000 + 894.4 + 2)};
  EXPECT_NEAR(thompson_weights(arms, true, 3)[1], 0.01 + 0.98 * 0.84, 0.02);
  const std::vector<Arm> same{mean_arm(1000, 10'000, 101'000), mean_arm(1000, 10'000, 101'000)};
  EXPECT_NEAR(thompson_weights(same, true, 3)[1], 0.5, 0.02);
}

TEST(Bandit, WaitsUntilThereAreEnough) {
  EXPECT_EQ(thompson_weights(std::vector<Arm>{proportion_arm(99, 0), proportion_arm(5000, 5000)}, true, 1),
            (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(thompson_weights({}, true, 1), std::vector<double>());
  // No variance at all, and no difference.
  EXPECT_EQ(thompson_weights(std::vector<Arm>{proportion_arm(500, 0), proportion_arm(500, 0)}, true, 1),
            (std::vector<double>{0.5, 0.5}));
}

}  // namespace
}  // namespace cliffhanger::stats
