#include "libs/learn/off_policy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cliffhanger::learn {
namespace {

TEST(OffPolicy, ByHand) {
  // Weights 1.5, 0.5, 1.5; rewards 1, 1, 0.
  const Policy policy{2, 1, {0.75, 0.25}};
  const std::vector<Logged> log = {{0, 0, 0.5, 1}, {1, 0, 0.5, 1}, {0, 0, 0.5, 0}};
  const auto got = evaluate_policy(log, policy);
  ASSERT_TRUE(got);
  EXPECT_NEAR(got->ips.value, 2.0 / 3, 1e-12);
  EXPECT_NEAR(got->snips.value, 2.0 / 3.5, 1e-12);
  EXPECT_NEAR(got->mean_weight, 3.5 / 3, 1e-12);
  EXPECT_NEAR(got->effective_sample_size, 3.5 * 3.5 / (2.25 + 0.25 + 2.25), 1e-12);
  EXPECT_EQ(got->logged, 2.0 / 3);
  EXPECT_NE(got->refused.find("effective sample size"), std::string::npos);
}

// A log of a policy that is uniform over four actions, whose rewards come with probability (action + 1) / 10.
std::vector<Logged> simulated(std::mt19937_64& random, int rounds) {
  std::vector<Logged> log;
  for (int i = 0; i < rounds; ++i) {
    const int action = static_cast<int>(random() % 4);
    log.push_back({action, 0, 0.25, static_cast<double>(random() % 1000) < 100.0 * (action + 1) ? 1.0 : 0.0});
  }
  return log;
}

TEST(OffPolicy, IntervalsHoldTheTruth) {
  const Policy policy{4, 1, {0.1, 0.2, 0.3, 0.4}};
  const double truth = 0.1 * 0.1 + 0.2 * 0.2 + 0.3 * 0.3 + 0.4 * 0.4;
  std::mt19937_64 random(5);
  int ips = 0, snips = 0, dr = 0;
  for (int i = 0; i < 200; ++i) {
    const auto got = evaluate_policy(simulated(random, 2000), policy);
    ASSERT_TRUE(got);
    ASSERT_EQ(got->refused, "");
    ips += got->ips.low <= truth && truth <= got->ips.high;
    snips += got->snips.low <= truth && truth <= got->snips.high;
    dr += got->dr.low <= truth && truth <= got->dr.high;
  }
  // 95 % of 200 is 190, give or take 3.
  for (const int held : {ips, snips, dr}) EXPECT_GE(held, 180);
}

TEST(OffPolicy, WrongPropensitiesAreRefused) {
  std::mt19937_64 random(6);
  auto log = simulated(random, 2000);
  for (auto& round : log) round.propensity = 0.5;
  const auto got = evaluate_policy(log, uniform_policy(4, 1));
  ASSERT_TRUE(got);
  EXPECT_NE(got->refused.find("mean weight is 0.500"), std::string::npos) << got->refused;
}

TEST(OffPolicy, BadLogsAreErrors) {
  const auto policy = uniform_policy(2, 1);
  const auto reason = [&](std::vector<Logged> log) { return evaluate_policy(log, policy).error().reason; };
  EXPECT_EQ(reason({}), "EMPTY_LOG");
  EXPECT_EQ(reason({{0, 0, 0, 1}}), "BAD_PROPENSITY");
  EXPECT_EQ(reason({{0, 0, 1.5, 1}}), "BAD_PROPENSITY");
  EXPECT_EQ(reason({{2, 0, 0.5, 1}}), "UNKNOWN_ACTION");
  EXPECT_EQ(reason({{0, 1, 0.5, 1}}), "UNKNOWN_ACTION");
}

TEST(OffPolicy, ThompsonShowsTheBetterFirst) {
  const std::vector<double> alpha = {50, 10, 10}, beta = {50, 90, 90};
  const auto policy = thompson_policy(alpha, beta, 2, 20000, 3);
  EXPECT_GT(policy.of(0, 0), 0.99);
  EXPECT_NEAR(policy.of(1, 1), 0.5, 0.02);
  for (int p = 0; p < 2; ++p) EXPECT_NEAR(policy.of(0, p) + policy.of(1, p) + policy.of(2, p), 1, 1e-9);
  EXPECT_EQ(thompson_policy(alpha, beta, 2, 100, 3).probability,
            thompson_policy(alpha, beta, 2, 100, 3).probability);
}

}  // namespace
}  // namespace cliffhanger::learn
