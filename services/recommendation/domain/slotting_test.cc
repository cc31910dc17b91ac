#include "services/recommendation/domain/slotting.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

PoolItem item(TestWorld& world, float value, std::uint8_t creator = 255, std::uint64_t tags = 0) {
  PoolItem out;
  out.id = SeriesId::make(world.now, world.random);
  out.value = value;
  out.creator = creator;
  out.tags = tags;
  out.ordinary = true;
  return out;
}

std::vector<int> places(const std::vector<Placed>& placed) {
  std::vector<int> out;
  for (const auto& place : placed) out.push_back(place.item);
  return out;
}

Slotting greedy() {
  Slotting slotting;
  slotting.arms = 1;
  return slotting;
}

TEST(SlottingTest, WithoutDrawsTheBestComeFirst) {
  TestWorld world;
  Pool pool;
  for (const float value : {.2f, .9f, .5f}) pool.items.push_back(item(world, value));
  const auto placed = choose(pool, greedy(), {1, 0, 5});
  EXPECT_EQ(places(placed), (std::vector{1, 2, 0}));
  for (const auto& place : placed) EXPECT_EQ(place.propensity, 1);
  EXPECT_TRUE(choose({}, greedy(), {1, 0, 5}).empty());
  EXPECT_TRUE(choose(pool, greedy(), {1, 0, 0}).empty());
}

TEST(SlottingTest, OneCreatorHasTwoPlacesWhileThereAreOthers) {
  TestWorld world;
  Pool pool;
  for (const float value : {.9f, .8f, .7f, .6f}) pool.items.push_back(item(world, value, 1));
  for (const float value : {.3f, .2f}) pool.items.push_back(item(world, value, 2));
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 6})), (std::vector{0, 1, 4, 5, 2, 3}));
}

TEST(SlottingTest, WhatWasBegunHasTwoPlacesWhileThereAreOthers) {
  TestWorld world;
  Pool pool;
  for (const float value : {.9f, .8f, .7f, .1f}) pool.items.push_back(item(world, value));
  for (int i = 0; i < 3; ++i) pool.items[static_cast<std::size_t>(i)].going_on = true;
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 4})), (std::vector{0, 1, 3, 2}));
}

TEST(SlottingTest, WhatIsAlikeIsSpread) {
  TestWorld world;
  Pool pool;
  pool.items = {item(world, .50f, 255, 3), item(world, .49f, 255, 3), item(world, .47f, 255, 12)};
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 3})), (std::vector{0, 2, 1}));
  auto all_the_same = greedy();
  all_the_same.sameness = 0;
  EXPECT_EQ(places(choose(pool, all_the_same, {1, 0, 3})), (std::vector{0, 1, 2}));
}

TEST(SlottingTest, WhatWasShownLatelyComesWhenNothingElseIsLeft) {
  TestWorld world;
  Pool pool;
  for (const float value : {.9f, .2f, .8f}) pool.items.push_back(item(world, value));
  pool.items[0].shown = pool.items[2].shown = true;
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 3})), (std::vector{1, 0, 2}));
}

TEST(SlottingTest, EveryFifthPlaceIsForNewSeries) {
  TestWorld world;
  Pool pool;
  for (int i = 0; i < 20; ++i) pool.items.push_back(item(world, .9f));
  for (int i = 0; i < 4; ++i) {
    pool.items.push_back(item(world, .01f));
    pool.items.back().ordinary = false;
    pool.items.back().explore = true;
  }
  pool.explorable = 40;
  const auto placed = choose(pool, Slotting(), {7, 3, 12});  // places 3 to 14 of the chain
  for (std::size_t i = 0; i < placed.size(); ++i) {
    EXPECT_EQ(placed[i].explored, (i + 3) % 5 == 4) << i;
    EXPECT_EQ(placed[i].explored, placed[i].item >= 20) << i;
  }
  EXPECT_FLOAT_EQ(placed[1].propensity, 1.f / 40);
  EXPECT_FLOAT_EQ(placed[6].propensity, 1.f / 39);
}

TEST(SlottingTest, WhatIsPinnedHasItsPlaceAndWaitsForIt) {
  TestWorld world;
  Pool pool;
  for (const float value : {.9f, .8f, .7f, .1f, .05f}) pool.items.push_back(item(world, value));
  pool.items[4].pin = 1;
  pool.items[0].pin = 3;
  const auto placed = choose(pool, greedy(), {1, 0, 5});
  EXPECT_EQ(places(placed), (std::vector{4, 1, 0, 2, 3}));
  for (std::size_t at = 0; at < placed.size(); ++at)
    EXPECT_EQ(is_pinned(pool, placed[at], at), at == 0 || at == 2) << at;
  EXPECT_EQ(placed[0].propensity, 1);
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 2})), (std::vector{4, 1})) << "still it waits";
  pool.items.erase(pool.items.begin() + 1, pool.items.begin() + 4);
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 5})), (std::vector{1, 0})) << "nothing else is left";
}

TEST(SlottingTest, APinTakesThePlaceOfANewSeriesAndCountsForItsCreator) {
  TestWorld world;
  Pool pool;
  for (const float value : {.9f, .8f, .7f, .6f, .5f, .4f}) pool.items.push_back(item(world, value, 1));
  for (const float value : {.3f, .2f, .1f}) pool.items.push_back(item(world, value, 2));
  pool.items[5].pin = 1;
  pool.items.push_back(item(world, .01f));
  pool.items.back().ordinary = false;
  pool.items.back().explore = true;
  pool.explorable = 1;
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 5})), (std::vector{5, 0, 6, 7, 9}));
  pool.items[8].pin = 5;
  EXPECT_EQ(places(choose(pool, greedy(), {1, 0, 5})), (std::vector{5, 0, 6, 7, 8}));
}

// What the log says about chances is what happens: over many seeds, each item gets the second place as often
// as the propensities say.
TEST(SlottingTest, PropensitiesAreTrue) {
  TestWorld world;
  Pool pool;
  for (const float value : {.50f, .499f, .498f, .49f, .4f, .39f}) pool.items.push_back(item(world, value));
  constexpr int kRounds = 20'000;
  std::map<int, double> said, happened;
  for (int seed = 0; seed < kRounds; ++seed) {
    const auto placed = choose(pool, Slotting(), {static_cast<std::uint64_t>(seed), 1, 1});
    said[placed[0].item] = placed[0].propensity;
    happened[placed[0].item] += 1.0 / kRounds;
  }
  double sum = 0;
  EXPECT_EQ(said.size(), 5u);  // the best five are arms
  for (const auto& [arm, chance] : said) {
    sum += chance;
    EXPECT_GE(chance, 0.01 - 1e-6);
    EXPECT_NEAR(happened[arm], chance, 4 * std::sqrt(chance * (1 - chance) / kRounds)) << arm;
  }
  EXPECT_NEAR(sum, 1, 1e-5);
}

RC_GTEST_PROP(SlottingTest, NobodyIsPlacedTwiceAndNoPlaceIsLeftEmpty,
              (std::uint64_t seed, std::uint8_t count)) {
  TestWorld world(seed);
  Pool pool;
  for (int i = 0; i < count % 100; ++i) {
    const auto bits = world.random.number();
    auto it = item(world, static_cast<float>(bits % 1000) / 1000, static_cast<std::uint8_t>(bits >> 10 & 7),
                   bits >> 32);
    it.ordinary = (bits >> 20 & 3) != 0;
    it.explore = !it.ordinary || (bits >> 22 & 3) == 0;
    it.shown = it.ordinary && (bits >> 24 & 3) == 0;
    it.going_on = (bits >> 26 & 7) == 0;
    if (it.ordinary && !it.explore && (bits >> 50 & 7) == 0) it.pin = static_cast<std::uint8_t>(bits >> 56);
    pool.explorable += it.explore;
    pool.items.push_back(it);
  }
  const Places wanted{seed, static_cast<std::uint32_t>(seed % 7), 30};
  const auto placed = choose(pool, Slotting(), wanted);
  RC_ASSERT(placed.size() == std::min<std::size_t>(30, pool.items.size()));
  // A pinned series stands further up where nothing else is left for an ordinary place.
  const bool is_plenty = std::ranges::count_if(pool.items, [](const PoolItem& one) {
                           return one.ordinary && one.pin == 0;
                         }) >= std::ssize(placed);
  std::set<int> once;
  for (std::size_t at = 0; at < placed.size(); ++at) {
    RC_ASSERT(once.insert(placed[at].item).second);
    RC_ASSERT(placed[at].propensity > 0 && placed[at].propensity <= 1);
    const auto pinned = [&](const PoolItem& item) { return item.pin == at + 1; };
    if (std::ranges::count_if(pool.items, pinned) == 1 && is_plenty)
      RC_ASSERT(is_pinned(pool, placed[at], at));
  }
  RC_ASSERT(choose(pool, Slotting(), wanted) == placed);
}

// What an estimate from the log stands on: the arms and chances of a place follow from those before it.
TEST(SlottingTest, TheArmsOfAPlaceAreToldFromThePlacesBefore) {
  TestWorld world;
  Pool pool;
  for (int i = 0; i < 30; ++i)
    pool.items.push_back(
        item(world, 1.f / static_cast<float>(i + 2), static_cast<std::uint8_t>(i % 7), 1u << i % 5));
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto placed = choose(pool, Slotting(), {seed, 0, 12});
    for (std::size_t at = 1; at < placed.size(); ++at) {
      const auto arms = arms_after(pool, Slotting(), std::span(placed).first(at));
      std::vector<double> values;
      std::size_t chosen = arms.size();
      for (const auto& arm : arms) {
        if (arm.item == placed[at].item) chosen = values.size();
        values.push_back(arm.value);
      }
      ASSERT_LT(chosen, arms.size());
      EXPECT_EQ(static_cast<float>(chances(values, Slotting())[chosen]), placed[at].propensity);
    }
  }
}

}  // namespace
}  // namespace cliffhanger::recommendation
