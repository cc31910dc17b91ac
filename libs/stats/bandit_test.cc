#include "libs/stats/bandit.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "libs/rank/bandit.h"

namespace cliffhanger::stats {
namespace {

TEST(Bandit, GivesTheBestMostAndNobodyNothing) {
  const std::vector<Arm> arms{proportion_arm(5000, 500), proportion_arm(5000, 700),
                              proportion_arm(5000, 300)};
  const auto weights = thompson_weights(arms, true);
  EXPECT_NEAR(weights[1], 0.98, 0.001);
  EXPECT_DOUBLE_EQ(weights[0], rank::kLeastShare);
  EXPECT_DOUBLE_EQ(weights[2], rank::kLeastShare);
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-9);
  EXPECT_NEAR(thompson_weights(arms, false)[2], 0.98, 0.001);
  EXPECT_EQ(weights, thompson_weights(arms, true));
}

TEST(Bandit, SharesByHowLikelyEachIsBest) {
  // The difference of the means is one of its standard errors: the better one wins with Φ(√2), sharpened.
  const std::vector<Arm> arms{mean_arm(1000, 10'000, 101'000),
                              mean_arm(1000, 10'000 + 44.72, 101'000 + 894.4 + 2)};
  EXPECT_NEAR(thompson_weights(arms, true)[1], 0.921, 0.01);
  const std::vector<Arm> same{mean_arm(1000, 10'000, 101'000), mean_arm(1000, 10'000, 101'000)};
  EXPECT_NEAR(thompson_weights(same, true)[1], 0.5, 1e-9);
}

TEST(Bandit, ARatioIsOneOfSums) {
  // Per person the second has more, since its people come more often; per visit the first has.
  std::vector<Arm> arms(2);
  for (auto& arm : arms) arm.ratio = true;
  for (int i = 0; i < 1000; ++i) {
    arms[0].add(2 + i % 3, 4 + i % 2);
    arms[1].add(3 + i % 3, 12 + i % 2);
  }
  EXPECT_NEAR(thompson_weights(arms, true)[0], 0.99, 1e-6);
}

TEST(Bandit, WaitsUntilThereAreEnough) {
  EXPECT_EQ(thompson_weights(std::vector<Arm>{proportion_arm(99, 0), proportion_arm(5000, 5000)}, true),
            (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(thompson_weights({}, true), std::vector<double>());
  // No variance at all, and no difference.
  EXPECT_EQ(thompson_weights(std::vector<Arm>{proportion_arm(500, 0), proportion_arm(500, 0)}, true),
            (std::vector<double>{0.5, 0.5}));
}

}  // namespace
}  // namespace cliffhanger::stats
