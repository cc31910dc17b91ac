#include "libs/rank/bandit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "libs/rank/draw.h"

namespace cliffhanger::rank {
namespace {

double sum_of(const std::vector<double>& p) {
  return std::accumulate(p.begin(), p.end(), 0.0);
}

TEST(Thompson, BetaAgreesWithMonteCarlo) {
  for (const auto& arms : std::vector<std::vector<BetaPosterior>>{
           {{1, 1}, {1, 1}, {1, 1}},
           {{2, 50}, {3, 40}, {1, 10}, {30, 400}},
           {{1, 1000}, {0.2, 1.8}, {50, 950}},
           {{5000, 45000}, {505, 4495}, {51, 449}, {0.2, 1.8}, {6, 44}, {4, 46}}}) {
    Draw draw(1);
    constexpr int kDraws = 200'000;
    std::vector<double> won(arms.size(), 0);
    for (int i = 0; i < kDraws; ++i) {
      std::size_t best = 0;
      double highest = -1;
      for (std::size_t arm = 0; arm < arms.size(); ++arm)
        if (const double x = draw.beta(arms[arm].alpha, arms[arm].beta); x > highest) highest = x, best = arm;
      won[best] += 1.0 / kDraws;
    }
    const auto got = thompson(arms);
    EXPECT_NEAR(sum_of(got), 1, 1e-12);
    for (std::size_t arm = 0; arm < arms.size(); ++arm) EXPECT_NEAR(got[arm], won[arm], 0.012) << arm;
  }
}

TEST(Thompson, TwoGaussiansByTheirClosedForm) {
  // P(a > b) = Φ((μa − μb) / √(σa² + σb²)).
  for (const auto& [a, b] :
       std::vector<std::pair<GaussianPosterior, GaussianPosterior>>{{{0, 1}, {0, 1}},
                                                                    {{0.5, 1}, {0, 0.5}},
                                                                    {{0.1, 0.01}, {0.12, 0.05}},
                                                                    {{0, 1e-6}, {0.5, 1}},
                                                                    {{3, 0.1}, {0, 0.1}}}) {
    const double z = (a.mean - b.mean) / std::hypot(a.deviation, b.deviation);
    const auto got = thompson(std::vector<GaussianPosterior>{a, b});
    EXPECT_NEAR(got[0], 0.5 * std::erfc(-z / std::sqrt(2.0)), 0.01);
    EXPECT_NEAR(sum_of(got), 1, 1e-12);
  }
}

TEST(Thompson, OddPosteriors) {
  EXPECT_TRUE(thompson(std::vector<BetaPosterior>{}).empty());
  EXPECT_EQ(thompson(std::vector<BetaPosterior>{{3, 4}}), std::vector<double>{1});
  for (const double got : thompson(std::vector<BetaPosterior>(7, BetaPosterior{1e6, 1e6})))
    EXPECT_NEAR(got, 1.0 / 7, 1e-9);
  const auto extreme = thompson(std::vector<BetaPosterior>{{0.002, 20}, {1e7, 1}, {1, 1e9}});
  EXPECT_NEAR(extreme[1], 1, 1e-6);
}

TEST(SquareCb, ByHand) {
  const auto got = square_cb(std::vector<double>{0.5, 0.3, 0.1}, 10);
  EXPECT_NEAR(got[1], 1 / (3 + 10 * 0.2), 1e-12);
  EXPECT_NEAR(got[2], 1 / (3 + 10 * 0.4), 1e-12);
  EXPECT_NEAR(sum_of(got), 1, 1e-12);
  EXPECT_GT(got[0], got[1]);
  EXPECT_EQ(square_cb(std::vector<double>{0.5}, 10), std::vector<double>{1});
  for (const double one : square_cb(std::vector<double>{1, 1}, 1e6)) EXPECT_NEAR(one, 0.5, 1e-12);
}

TEST(Floor, OnePerCentForEachArm) {
  Draw draw(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> p(2 + draw.below(60));
    for (auto& one : p) one = std::pow(draw.uniform(), 8);
    const double sum = sum_of(p);
    for (auto& one : p) one /= sum;
    const auto got = with_floor(p);
    EXPECT_NEAR(sum_of(got), 1, 1e-9);
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_GE(got[i], kLeastShare - 1e-12);
      if (p[i] < kLeastShare) EXPECT_NEAR(got[i], kLeastShare, 1e-12);
    }
  }
  for (const double one : with_floor(std::vector<double>(300, 1.0 / 300))) EXPECT_NEAR(one, 1.0 / 300, 1e-12);
  EXPECT_EQ(with_floor({1}), std::vector<double>{1});
  const auto sure = with_floor({1, 0, 0});
  EXPECT_NEAR(sure[0], 0.98, 1e-12);
}

TEST(Choose, AsOftenAsItsPropensitySays) {
  const std::vector<double> p = {0.2, 0, 0.5, 0.3};
  std::vector<int> chosen(4, 0);
  for (int i = 0; i < 1000; ++i) {
    const auto got = choose(p, (i + 0.5) / 1000);
    EXPECT_EQ(got.propensity, p[static_cast<std::size_t>(got.arm)]);
    ++chosen[static_cast<std::size_t>(got.arm)];
  }
  EXPECT_EQ(chosen, (std::vector<int>{200, 0, 500, 300}));
  EXPECT_EQ(choose(p, 0.9999999999999999).arm, 3);
  EXPECT_EQ(choose(std::vector<double>{1, 0}, 0.9999999999999999).arm, 0);
}

TEST(Posteriors, ThePriorSaysHowAlikeArmsAre) {
  Draw draw(5);
  for (const double shown : {10.0, 50.0}) {
    std::vector<Weighed> evidence(400);
    for (auto& arm : evidence) {
      const double truth = draw.beta(0.2 * shown, 0.8 * shown);
      for (int i = 0; i < 200; ++i) arm.value += draw.chance(truth);
      arm.shown = 200;
      arm.squares = arm.value;
    }
    EXPECT_NEAR(pooled_prior(evidence).shown, shown, 0.25 * shown);
    EXPECT_NEAR(pooled_prior(evidence).mean, 0.2, 0.02);
  }
}

TEST(Posteriors, FewArmsAreTakenToBeAlikeUntilTheyAreSeenNotToBe) {
  const std::vector<Weighed> same = {{100, 20, 20}, {100, 20, 20}},
                             apart = {{5000, 500, 500}, {5000, 4500, 4500}};
  EXPECT_GT(pooled_prior(same).shown, kAlike);
  EXPECT_LT(pooled_prior(apart).shown, kAlike / 2);
  EXPECT_EQ(pooled_prior(std::vector<Weighed>{{10, 5, 5}, {0, 0, 0}}).shown, kAlike);  // one says nothing
}

TEST(Posteriors, SharpenedKeepTheirMeans) {
  const auto beta = sharpened(std::vector<BetaPosterior>{{2, 6}});
  EXPECT_DOUBLE_EQ(beta[0].mean(), 0.25);
  EXPECT_DOUBLE_EQ(beta[0].alpha + beta[0].beta, 8 * kSharpness);
  const auto gaussian = sharpened(std::vector<GaussianPosterior>{{3, 2}});
  EXPECT_EQ(gaussian[0].mean, 3);
  EXPECT_NEAR(gaussian[0].deviation * gaussian[0].deviation, 4 / kSharpness, 1e-12);
}

TEST(Posteriors, FollowTheEvidence) {
  const std::vector<Weighed> evidence = {{100, 10, 10}, {0, 0, 0}};
  const auto beta = beta_posteriors(evidence, 0.2, 5);
  EXPECT_NEAR(beta[0].alpha, 11, 1e-12);
  EXPECT_NEAR(beta[0].beta, 94, 1e-12);
  EXPECT_NEAR(beta[1].mean(), 0.2, 1e-12);
  EXPECT_NEAR(pooled_prior(evidence).mean, 10.5 / 101, 1e-12);
  EXPECT_EQ(pooled_prior({}).mean, 0.5);
  EXPECT_EQ(pooled_prior({}).shown, kAlike);
}

}  // namespace
}  // namespace cliffhanger::rank
