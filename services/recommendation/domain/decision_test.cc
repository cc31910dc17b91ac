#include "services/recommendation/domain/decision.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

Decision some(std::uint64_t seed) {
  TestWorld world(seed);
  Decision out;
  out.slotting.explore_every = 2 + static_cast<int>(seed % 5);
  out.slotting.steepness = 1.0 / 3 * static_cast<double>(seed % 1000);
  out.places = {world.random.number(), static_cast<std::uint32_t>(seed % 300),
                static_cast<std::uint32_t>(seed % 20)};
  for (std::uint64_t i = 0; i < seed % 60; ++i) {
    const auto bits = world.random.number();
    out.pool.items.push_back({SeriesId::make(world.now, world.random),
                              1 / static_cast<float>(bits % 1000 + 1), bits,
                              static_cast<std::uint8_t>(bits >> 8), (bits & 1) != 0, (bits & 3) != 1,
                              (bits & 4) != 0, (bits & 8) != 0, static_cast<Reason>(bits % 9)});
    if (seed % 3 == 0) continue;  // no rules
    out.pool.items.back().pin = static_cast<std::uint8_t>((bits >> 20) % 25);
    out.pool.items.back().boost = 1 / static_cast<float>((bits >> 30) % 4 + 1);
  }
  out.pool.explorable = static_cast<std::uint32_t>(seed % 1000);
  out.placed = choose(out.pool, out.slotting, out.places);
  for (std::size_t i = 0; i < out.placed.size(); ++i) out.on_page.push_back(i % 3 != 0);
  return out;
}

RC_GTEST_PROP(DecisionTest, ComesBackFromTheLogAndIsMadeAgain, (std::uint64_t seed)) {
  const auto decision = some(seed);
  const auto back = read_decision(pool_text(decision), shown_text(decision));
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->slotting == decision.slotting);
  RC_ASSERT(back->places == decision.places);
  RC_ASSERT(back->pool == decision.pool);
  RC_ASSERT(back->placed == decision.placed);
  RC_ASSERT(back->on_page == decision.on_page);
  RC_ASSERT(replays(*back));
}

TEST(DecisionTest, AnotherChoiceDoesNotReplay) {
  auto decision = some(48);
  ASSERT_TRUE(replays(decision));
  ASSERT_GE(decision.placed.size(), 2u);
  std::swap(decision.placed[0], decision.placed[1]);
  EXPECT_FALSE(replays(decision));
  decision = some(48);
  ++decision.places.seed;
  EXPECT_FALSE(replays(decision));
}

// Replicas of before, and rows of before: a page without rules is written as it always was.
TEST(DecisionTest, OnlyPagesWithRulesAreWrittenInTheNewFormat) {
  EXPECT_EQ(pool_text(some(48))[0], 1);
  auto ruled = some(48);
  ruled.pool.items[3].pin = 2;
  EXPECT_EQ(pool_text(ruled)[0], 2);
  ruled.pool.items[3].pin = 0;
  EXPECT_EQ(pool_text(ruled), pool_text(some(48)));
  ruled.pool.items[3].boost = 2;
  EXPECT_EQ(read_decision(pool_text(ruled), shown_text(ruled))->pool, ruled.pool);
}

TEST(DecisionTest, WhatIsDamagedIsNotRead) {
  const auto decision = some(47);
  const auto pool = pool_text(decision), shown = shown_text(decision);
  for (std::size_t cut = 0; cut < pool.size(); ++cut)
    EXPECT_FALSE(read_decision(pool.substr(0, cut), shown)) << cut;
  EXPECT_FALSE(read_decision(pool + 'x', shown));
  EXPECT_FALSE(read_decision(pool, shown + 'x'));
  EXPECT_FALSE(read_decision("", ""));
  auto other = pool;
  other[0] = 9;  // a format of the future
  EXPECT_FALSE(read_decision(other, shown));
  EXPECT_FALSE(read_decision(pool, std::string(6, '\xff')));  // an item that is not in the pool
}

}  // namespace
}  // namespace cliffhanger::recommendation
