#include "services/insight/domain/viewership.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "services/insight/domain/limits.h"
#include "services/insight/domain/seconds_seen.h"

namespace cliffhanger::insight {
namespace {

Viewership random_report(std::mt19937& random) {
  Viewership out;
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  out.first = out.last = from_micros(1'790'000'000'000'000 + below(50));
  out.plays = below(2);
  out.watched_ms = below(9000);
  out.reach = {below(20) * 1000, out.first, below(3) == 0};
  out.skips = out.reach.left;
  if (below(4) == 0) out.completed = out.first;
  if (below(3) == 0) out.origin = {out.first, below(3), below(3), below(2) == 0 ? "mx" : ""};
  out.times = SecondCounts::of(out.reach.position_ms, out.watched_ms);
  return out;
}

std::string all_of(const Viewership& v) {
  return std::to_string(v.plays) + "/" + std::to_string(v.watched_ms) + "/" + std::to_string(v.skips) + "/" +
         (v.completed ? to_rfc3339(*v.completed) : "") + "/" + to_rfc3339(v.first) + "/" +
         to_rfc3339(v.last) + "/" + std::to_string(v.reach.position_ms) + to_rfc3339(v.reach.time) +
         (v.reach.left ? "left" : "") + "/" + to_rfc3339(v.origin.time) + std::to_string(v.origin.source) +
         std::to_string(v.origin.device) + v.origin.region + "/" + v.times.bytes();
}

TEST(ViewershipTest, TheOrderInWhichThingsAreToldAndHowTheyAreGroupedMakeNoDifference) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Viewership> told;
    for (int i = 0; i < 12; ++i) told.push_back(random_report(random));
    Viewership in_order;
    for (const auto& one : told) in_order.add(one);
    std::shuffle(told.begin(), told.end(), random);
    Viewership guest, account;
    for (std::size_t i = 0; i < told.size(); ++i) (i < random() % 12 ? guest : account).add(told[i]);
    account.add(guest);
    ASSERT_EQ(all_of(account), all_of(in_order));
  }
}

TEST(ViewershipTest, SecondsAreThoseThatSecondsSeenKnows) {
  std::mt19937 random(6);
  for (int round = 0; round < 500; ++round) {
    const std::int64_t position = random() % 60'000, watched = random() % 15'000;
    SecondsSeen seen;
    seen.add(position, watched);
    const auto counts = SecondCounts::of(position, watched);
    for (std::size_t s = 0; s < 70; ++s)
      ASSERT_EQ(counts.at(s), seen.has(static_cast<std::int64_t>(s)) ? 1 : 0);
  }
  EXPECT_EQ(SecondCounts::of(1'000'000'000, 1'000'000'000).size(), static_cast<std::size_t>(kMostSeconds));
}

TEST(ViewershipTest, CountsGoOnUpTo255) {
  SecondCounts counts;
  for (int i = 0; i < 300; ++i) counts.add(SecondCounts::of(2000, i < 3 ? 2000 : 1000));
  EXPECT_EQ(counts.at(0), 3);
  EXPECT_EQ(counts.at(1), 255);
  EXPECT_EQ(counts.at(2), 0);
}

TEST(ViewershipTest, WhoSwipesAwayHasLeftUntilComingFurther) {
  const Time t = from_micros(1'790'000'000'000'000);
  Viewership v, on;
  v.add({.skips = 1, .first = t, .last = t, .reach = {5000, t, true}});
  v.add({.first = t, .last = t, .reach = {5000, t - Duration(9), false}});  // told late
  EXPECT_TRUE(v.reach.left);
  v.add({.first = t, .last = t, .reach = {7000, t + Duration(9), false}});
  EXPECT_FALSE(v.reach.left);
  EXPECT_EQ(v.reach.position_ms, 7000);
}

}  // namespace
}  // namespace cliffhanger::insight
