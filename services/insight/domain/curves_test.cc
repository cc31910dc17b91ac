#include "services/insight/domain/curves.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;
using End = Outcome::End;

const Time kThen = from_micros(1'790'000'000'000'000);

Viewership watched_to(std::int64_t position_ms, bool swiped, bool completed = false) {
  Viewership out;
  out.first = out.last = kThen;
  out.reach = {position_ms, kThen, swiped};
  out.times = SecondCounts::of(position_ms, position_ms);
  if (completed) out.completed = kThen;
  return out;
}

Curve curve_of(std::int64_t duration_ms, const std::vector<std::pair<Viewership, Around>>& viewers) {
  CurveMaker maker(duration_ms);
  for (const auto& [viewer, around] : viewers) maker.add(viewer, outcome_of(viewer, around));
  return maker.make();
}

TEST(OutcomeTest, SwipingAwayIsLeavingUnlessItLedOnOrCameFromTrouble) {
  const auto viewer = watched_to(8000, true);
  EXPECT_EQ(outcome_of(viewer, {}).end, End::kLeft);
  EXPECT_EQ(outcome_of(watched_to(8000, false), {}).end, End::kLost) << "fell silent";
  EXPECT_EQ(outcome_of(watched_to(8000, true, true), {}).end, End::kCompleted) << "again, after the end";
  EXPECT_EQ(outcome_of(viewer, {kThen + 2s, kThen + 9s, {}}).end, End::kLost) << "tapped to the next episode";
  EXPECT_EQ(outcome_of(viewer, {kThen - 24h, kThen + 9s, {}}).end, End::kLost) << "back in the next episode";
  EXPECT_EQ(outcome_of(viewer, {kThen - 24h, kThen - 23h, {}}).end, End::kLeft)
      << "was there before, not after";
  EXPECT_EQ(outcome_of(viewer, {kThen + 24h, kThen + 25h, {}}).end, End::kLeft) << "tomorrow";
  EXPECT_EQ(outcome_of(viewer, {{}, {}, {1000, 4000}}).end, End::kLost) << "stalled";
  EXPECT_EQ(outcome_of(viewer, {{}, {}, {1000, 2900, 9500}}).end, End::kLeft) << "stalled elsewhere";
}

TEST(CurveTest, CountsPeopleAndTimes) {
  auto twice = watched_to(3000, false);
  twice.times.add(SecondCounts::of(2000, 1000));
  const auto curve =
      curve_of(4200, {{twice, {}}, {watched_to(4200, false, true), {}}, {watched_to(300, true), {}}});
  EXPECT_EQ(curve.viewers, 2) << "who saw no second is none";
  EXPECT_EQ(curve.saw, (std::vector<std::int64_t>{2, 2, 2, 1, 0}));
  EXPECT_EQ(curve.views, (std::vector<std::int64_t>{2, 3, 2, 1, 0}));
  EXPECT_EQ(curve_of(4200, {}).survival.size(), 0u);
}

// By hand: six at risk, one leaves (5/6); one lost; of four one leaves (3/4); three stay.
TEST(CurveTest, SurvivalIsKaplanMeiersWithThoseLostCensored) {
  const auto curve = curve_of(5000, {{watched_to(1500, true), {}},
                                     {watched_to(2500, false), {}},
                                     {watched_to(3500, true), {}},
                                     {watched_to(5000, false, true), {}},
                                     {watched_to(5000, false, true), {}},
                                     {watched_to(5000, false, true), {}}});
  const std::vector<double> expected{1, 5.0 / 6, 5.0 / 6, 5.0 / 6 * 3 / 4, 5.0 / 6 * 3 / 4};
  ASSERT_EQ(curve.survival.size(), expected.size());
  for (std::size_t s = 0; s < expected.size(); ++s) EXPECT_NEAR(curve.survival[s], expected[s], 1e-12);
  EXPECT_EQ(median_stay(curve.survival), std::nullopt);
  EXPECT_EQ(median_stay({1, 0.6, 0.5, 0.4}), 3);
}

// Half are bored at a constant hazard; a quarter of all lose the network early. The estimate follows the
// hazard, plain retention does not.
TEST(CurveTest, SurvivalRecoversTheHazardBehindLostConnections) {
  std::mt19937 random(3);
  std::geometric_distribution<int> bored(0.02), lost(0.03);
  CurveMaker maker(60'000);
  for (int i = 0; i < 40'000; ++i) {
    const int leaves = bored(random), loses = lost(random);
    const int second = std::min({leaves, loses, 60});
    auto viewer = watched_to(second * 1000 + 600, leaves < loses, second == 60);
    maker.add(viewer, outcome_of(viewer, {}));
  }
  const auto curve = maker.make();
  for (const std::size_t s : {9u, 29u, 58u})
    EXPECT_NEAR(curve.survival[s], std::pow(0.98, s + 1), 0.015) << "second " << s;
}

TEST(DropsTest, ABadSceneAndABadNetworkAreFoundAndToldApart) {
  std::mt19937 random(4);
  CurveMaker maker(60'000);
  for (int i = 0; i < 4000; ++i) {
    const auto chance = [&](double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; };
    int second = 0;
    bool stalled = false;
    for (; second < 60; ++second) {
      if (second == 20 && chance(0.2)) break;  // a bad scene
      if (second == 41 && (stalled = chance(0.15))) break;
      if (chance(0.002)) break;
    }
    auto viewer = watched_to(second * 1000 + 600, second < 60, second == 60);
    maker.add(
        viewer,
        outcome_of(viewer,
                   {{}, {}, stalled ? std::vector<std::int64_t>{40'500} : std::vector<std::int64_t>{}}));
  }
  const auto drops = drops_of(maker.make());
  ASSERT_GE(drops.size(), 2u);
  EXPECT_EQ(drops[0].second, 20u);
  EXPECT_NEAR(drops[0].fall, 0.2, 0.03);
  EXPECT_EQ(drops[0].troubled, 0);
  EXPECT_EQ(drops[1].second, 41u);
  EXPECT_GT(drops[1].troubled * 10, drops[1].left * 9);
  for (std::size_t i = 2; i < drops.size(); ++i) EXPECT_LT(drops[i].fall, 0.03);
}

TEST(DropsTest, AnEvenEpisodeHasNone) {
  CurveMaker maker(50'000);
  int still = 20'000;
  for (int s = 0; s < 50; ++s)
    for (int leave = still / 25; leave > 0; --leave, --still)
      maker.add(watched_to(s * 1000 + 600, true), outcome_of(watched_to(s * 1000 + 600, true), {}));
  for (; still > 0; --still) maker.add(watched_to(50'000, false, true), {0, End::kCompleted, false});
  EXPECT_TRUE(drops_of(maker.make()).empty());
  EXPECT_TRUE(drops_of(curve_of(9000, {})).empty());
}

TEST(TypicalTest, ComparesByTheShareOfTheLength) {
  std::vector<Profile> profiles;
  for (int i = 1; i <= 4; ++i) {
    Profile p;
    p.fill(i / 10.0);
    profiles.push_back(p);
  }
  EXPECT_FALSE(typical_of(profiles)) << "of too few";
  Profile p;
  p.fill(0.9);
  profiles.push_back(p);
  const auto typical = typical_of(profiles);
  ASSERT_TRUE(typical);
  EXPECT_DOUBLE_EQ(typical->low[0], 0.2);
  EXPECT_DOUBLE_EQ(typical->median[50], 0.3);
  EXPECT_DOUBLE_EQ(typical->high[99], 0.4);
  EXPECT_EQ(share_of(0, 50), 1u);
  EXPECT_EQ(share_of(49, 50), 99u);
  EXPECT_EQ(share_of(199, 200), 99u);
  const auto curve = curve_of(10'000, {{watched_to(10'000, false), {}}, {watched_to(5000, false), {}}});
  EXPECT_EQ(curve.profile()[49], 1);
  EXPECT_EQ(curve.profile()[50], 0.5);
}

}  // namespace
}  // namespace cliffhanger::insight
