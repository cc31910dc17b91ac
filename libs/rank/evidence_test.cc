#include "libs/rank/evidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "libs/rank/draw.h"

namespace cliffhanger::rank {
namespace {

using Taken = Evidence::Taken;
constexpr std::int64_t kHour = 3600, kNow = 1'800'000'000;

std::vector<Reward> rewards(Draw& draw, int count) {
  std::vector<Reward> out;
  for (int i = 0; i < count; ++i)
    out.push_back({"e" + std::to_string(i), static_cast<int>(draw.below(3)), draw.uniform(),
                   kNow + static_cast<std::int64_t>(draw.below(48 * kHour))});
  return out;
}

TEST(Evidence, EveryOrderAndAnyRepeatEndTheSame) {
  Draw draw(1);
  auto all = rewards(draw, 500);
  for (int i = 0; i < 200; ++i) all.push_back(all[draw.below(500)]);  // heard twice
  for (int i = 0; i < 100; ++i) {                                     // first 0, later more
    all.push_back(all[draw.below(500)]);
    all.back().value = draw.uniform();
  }
  std::vector<std::vector<Weighed>> seen;
  for (int order = 0; order < 5; ++order) {
    Evidence evidence({.arms = 3});
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[draw.below(i)]);
    for (const auto& one : all) evidence.take(one);
    seen.push_back(evidence.weighed(kNow + 50 * kHour, 10 * kHour));
  }
  for (const auto& one : seen)
    for (std::size_t arm = 0; arm < 3; ++arm) {
      EXPECT_EQ(one[arm].shown, seen[0][arm].shown);  // to the last bit
      EXPECT_EQ(one[arm].value, seen[0][arm].value);
      EXPECT_EQ(one[arm].squares, seen[0][arm].squares);
    }
}

TEST(Evidence, OnceForEachDecisionAndTheLargerReward) {
  Evidence evidence({.arms = 2});
  EXPECT_EQ(evidence.take({"a", 1, 0, kNow}), Taken::kNew);
  EXPECT_EQ(evidence.take({"a", 1, 1, kNow}), Taken::kRaised);
  EXPECT_EQ(evidence.take({"a", 1, 1, kNow}), Taken::kKnown);
  EXPECT_EQ(evidence.take({"a", 1, 0.5, kNow}), Taken::kKnown);
  EXPECT_EQ(evidence.take({"a", 0, 0.5, kNow}), Taken::kNew);  // a page may show several arms
  const auto got = evidence.weighed(kNow, 0);
  EXPECT_EQ(got[1].shown, 1);
  EXPECT_EQ(got[1].value, 1);
  EXPECT_EQ(got[0].squares, 0.25);
}

TEST(Evidence, LateRewardsCountTillTheyAreTooLate) {
  Evidence evidence({.arms = 1, .remember_seconds = 24 * kHour});
  evidence.take({"a", 0, 0, kNow});
  evidence.settle(kNow + 20 * kHour);
  EXPECT_EQ(evidence.take({"a", 0, 1, kNow}), Taken::kRaised);
  evidence.settle(kNow + 26 * kHour);
  EXPECT_EQ(evidence.take({"a", 0, 1, kNow}), Taken::kTooLate);
  EXPECT_EQ(evidence.take({"b", 0, 1, kNow}), Taken::kTooLate);
  EXPECT_EQ(evidence.remembered(), 0u);
  EXPECT_EQ(evidence.weighed(kNow, 0)[0].value, 1);
  evidence.settle(kNow);  // time doesn't go back
  EXPECT_EQ(evidence.take({"b", 0, 1, kNow}), Taken::kTooLate);
}

TEST(Evidence, WhatCantBeIsRefused) {
  Evidence evidence({.arms = 2});
  for (const auto& odd : std::vector<Reward>{{"", 0, 1, kNow},
                                             {"a", -1, 1, kNow},
                                             {"a", 2, 1, kNow},
                                             {"a", 0, 1.1, kNow},
                                             {"a", 0, -0.1, kNow},
                                             {"a", 0, NAN, kNow}})
    EXPECT_EQ(evidence.take(odd), Taken::kInvalid);
  EXPECT_EQ(evidence.take({"old", 0, 1, -1}), Taken::kNew);
  EXPECT_EQ(evidence.weighed(0, 0)[0].shown, 1);
}

TEST(Evidence, BoundedHoweverLongItRuns) {
  Evidence evidence({.arms = 1, .remember_seconds = 10 * kHour, .most_buckets = 50});
  for (int hour = 0; hour < 3000; ++hour) {
    evidence.take({std::to_string(hour), 0, 1, kNow + hour * kHour});
    evidence.settle(kNow + hour * kHour);
  }
  EXPECT_LE(evidence.remembered(), 12u);
  EXPECT_EQ(evidence.weighed(kNow + 3000 * kHour, 0)[0].value, 3000);
}

TEST(Evidence, OldDecisionsCountLess) {
  Evidence evidence({.arms = 1});
  evidence.take({"old", 0, 1, kNow - 10 * kHour});
  evidence.take({"new", 0, 1, kNow});
  EXPECT_NEAR(evidence.weighed(kNow, 10 * kHour)[0].shown, 1.5, 1e-3);
  EXPECT_EQ(evidence.weighed(kNow, 0)[0].shown, 2);
}

TEST(Evidence, TheHalfLifeThatForetellsBest) {
  const std::vector<double> candidates = {0, 200.0 * kHour, 20.0 * kHour};
  Draw draw(2);
  for (const bool drifts : {false, true}) {
    Evidence evidence({.arms = 2});
    for (int i = 0; i < 20'000; ++i) {
      const auto at = kNow + i * 300 / kHour * kHour;  // twelve an hour, 1667 hours
      const bool turned = drifts && (i / 1500) % 2 == 1;
      const int arm = static_cast<int>(draw.below(2));
      evidence.take({std::to_string(i), arm, draw.chance((arm == 1) != turned ? 0.6 : 0.2) ? 1.0 : 0.0, at});
    }
    EXPECT_EQ(evidence.best_half_life(candidates), drifts ? 20.0 * kHour : 0);
  }
}

}  // namespace
}  // namespace cliffhanger::rank
