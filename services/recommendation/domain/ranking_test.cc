#include "services/recommendation/domain/ranking.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

const Time kNow = from_micros(1'795'000'000'000'000);

SeriesId id(int n) {
  char text[37];
  std::snprintf(text, sizeof text, "0198a0b0-0000-7000-8000-0000%08x", n);
  return *SeriesId::parse(text);
}
// Old enough not to be new.
Candidate series(int n, double heat = 0) {
  Candidate c;
  c.id = id(n);
  c.published = kNow - 24h * 365;
  c.heat = {heat, kNow};
  return c;
}
Candidate fresh(int n) {
  Candidate c = series(n);
  c.published = kNow - 1h;
  return c;
}
std::vector<int> order(const std::vector<Candidate>& candidates, Slots slots = {kNow, 7, 0, 100}) {
  std::vector<int> out;
  for (const auto& pick : rank(candidates, Policy(), slots)) {
    out.push_back(pick.id.uuid().bytes()[15]);
  }
  return out;
}

TEST(RankingTest, PopularFirst) {
  EXPECT_EQ(order({series(1, 2), series(2, 50), series(3, 10)}), (std::vector{2, 3, 1}));
}

TEST(RankingTest, OldPopularityCountsLess) {
  Candidate old = series(1, 50);
  old.heat.at = kNow - 24h * 30;  // ten half-lives: about 0.05
  EXPECT_EQ(order({old, series(2, 2)}), (std::vector{2, 1}));
}

TEST(RankingTest, UnseenBeforeStartedBeforeCompleted) {
  Candidate started = series(1, 1000), completed = series(2, 100'000);
  started.started = completed.started = true;
  completed.left = false;
  EXPECT_EQ(order({completed, started, series(3, 0)}), (std::vector{3, 1, 2}));
  EXPECT_EQ(order({completed}), (std::vector{2}));  // when there is nothing else
}

TEST(RankingTest, WhatTheViewerFollowsGoesOnInTheFirstTier) {
  Candidate followed = series(1, 0), creator = series(2, 0), liked = series(3, 0);
  followed.started = followed.follows = true;
  creator.follows_creator = true;
  liked.likes = 1;
  EXPECT_EQ(order({series(4, 0.1), liked, creator, followed}), (std::vector{1, 2, 3, 4}));
  const auto picks = rank({series(4, 0.1), liked}, Policy(), {kNow, 7, 0, 10});
  EXPECT_EQ(picks[0].reason, Reason::kFollowed);
  EXPECT_EQ(picks[1].reason, Reason::kPopular);
}

TEST(RankingTest, LikesOfManyEpisodesAreBounded) {
  Candidate many = series(1), few = series(2);
  many.likes = 1000;
  few.likes = 4;
  EXPECT_EQ(score(many, Policy(), kNow), score(few, Policy(), kNow));
}

TEST(RankingTest, SkipsPushBackAndAreForgotten) {
  Candidate skipped = series(1, 50), other = series(2, 10);
  skipped.started = other.started = true;
  skipped.skips = {2, kNow};
  EXPECT_EQ(order({skipped, other}), (std::vector{2, 1}));
  skipped.skips.at = kNow - 24h * 7;
  EXPECT_EQ(order({skipped, other}), (std::vector{1, 2}));
}

TEST(RankingTest, TiesGoToTheNewerThenToTheGreaterId) {
  Candidate newer = series(1);
  newer.published += 1h;
  EXPECT_EQ(order({series(2), newer, series(3)}), (std::vector{1, 3, 2}));
}

TEST(RankingTest, EveryFifthSlotIsForNewSeries) {
  std::vector<Candidate> all;
  for (int n = 1; n <= 20; ++n) all.push_back(series(n, 1000 - n));
  for (int n = 101; n <= 103; ++n) all.push_back(fresh(n));
  const auto picks = rank(all, Policy(), {kNow, 7, 0, 100});
  ASSERT_EQ(picks.size(), 23u);
  for (std::size_t i = 0; i < picks.size(); ++i)
    EXPECT_EQ(picks[i].reason == Reason::kNew, i == 4 || i == 9 || i == 14) << i;
}

TEST(RankingTest, TheShareGoesOnOverPages) {
  std::vector<Candidate> all;
  for (int n = 1; n <= 20; ++n) all.push_back(series(n, 1000 - n));
  all.push_back(fresh(101));
  const auto picks = rank(all, Policy(), {kNow, 7, 3, 3});  // the page that starts at the fourth slot
  ASSERT_EQ(picks.size(), 3u);
  EXPECT_EQ(picks[1].reason, Reason::kNew);
}

TEST(RankingTest, SeenSeriesAreNotNewAndOldOnesNeither) {
  Candidate seen = fresh(1), old = series(2);
  seen.started = true;
  for (const auto& pick : rank({seen, old}, Policy(), {kNow, 7, 4, 2})) EXPECT_NE(pick.reason, Reason::kNew);
}

TEST(RankingTest, TheSeedDrawsAmongNewSeries) {
  std::vector<Candidate> all;
  for (int n = 1; n <= 9; ++n) all.push_back(fresh(n));
  std::set<int> drawn;
  for (std::uint64_t seed = 0; seed < 50; ++seed) drawn.insert(order(all, {kNow, seed, 4, 1}).at(0));
  EXPECT_GT(drawn.size(), 5u);
}

RC_GTEST_PROP(RankingTest, EachOnceAllOfThemAndTheSameEveryTime, ()) {
  const int count = *rc::gen::inRange(0, 60);
  std::vector<Candidate> all;
  for (int n = 0; n < count; ++n) {
    Candidate c = *rc::gen::arbitrary<bool>() ? fresh(n) : series(n, *rc::gen::inRange(0, 100));
    c.started = *rc::gen::arbitrary<bool>();
    c.left = !c.started || *rc::gen::arbitrary<bool>();
    c.follows = *rc::gen::arbitrary<bool>();
    all.push_back(c);
  }
  const Slots slots{kNow, *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange<std::size_t>(0, 20), 100};
  const auto picks = rank(all, Policy(), slots);
  std::set<SeriesId> ids;
  for (const auto& pick : picks) ids.insert(pick.id);
  RC_ASSERT(ids.size() == all.size());
  RC_ASSERT(picks.size() == all.size());
  std::reverse(all.begin(), all.end());
  RC_ASSERT(rank(all, Policy(), slots) == picks);
}

}  // namespace
}  // namespace cliffhanger::recommendation
