#include "services/recommendation/domain/regional.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "services/recommendation/domain/menu.h"
#include "services/recommendation/domain/test_world.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

// A region where 1,000 viewers begin something in the hours that count, as many as always.
RegionalCount count(TestWorld& world, double lately, double before) {
  return {SeriesId::make(world.now, world.random),
          {lately, before},
          {1000, 28'000},
          {lately, before},
          {10'000, 280'000}};
}

TEST(RegionalTest, GrowthIsAgainstItsOwnPastAndTheHour) {
  TestWorld world;
  EXPECT_NEAR(growth(count(world, 100, 2800)), 1, 1e-9);
  EXPECT_GT(growth(count(world, 300, 2800)), 2.5);
  EXPECT_LT(growth(count(world, 30, 2800)), 0.5);
  auto evening = count(world, 300, 2800);
  evening.region.lately = 3000;
  evening.all.lately = 30'000;
  EXPECT_NEAR(growth(evening), 1, 0.05) << "everything is watched three times as much";
  RegionalCount nothing;
  EXPECT_EQ(growth(nothing), 1);
}

TEST(RegionalTest, ASmallRegionGoesByTheOthers) {
  TestWorld world;
  auto small = count(world, 2, 0);
  small.region = {10, 280};
  small.everywhere = {1000, 280};
  EXPECT_GT(growth(small), 5) << "it grows everywhere";
  small.everywhere = {100, 2800};
  EXPECT_LT(growth(small), 1.2) << "two viewers say little";
  auto big = count(world, 200, 0);
  big.everywhere = {200, 2800};
  EXPECT_GT(growth(big), 5) << "two hundred say much";
}

TEST(RegionalTest, FewViewersAreNobodysTrend) {
  TestWorld world;
  std::vector<RegionalCount> counts{count(world, kLeastViewers - 1, 0), count(world, kLeastViewers, 0),
                                    count(world, 200, 0), count(world, 100, 2800)};
  const auto found = growing(counts);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].series, counts[2].series);
  EXPECT_EQ(found[1].series, counts[1].series);
  for (int i = 0; i < 500; ++i) counts.push_back(count(world, 300, 0));
  EXPECT_EQ(growing(counts).size(), kRegionalCandidates);
}

TEST(RegionalTest, WhatGrowsThereIsACandidateAndSaysThatItTrends) {
  TestWorld world;
  for (int i = 0; i < 600; ++i) world.series(1000 - i);
  const auto id = world.series(0.001, 24h * 700).id;  // neither popular nor new
  const auto catalogue = world.catalogue();
  const Viewer viewer;
  const auto chain = Chain::start(world.now, world.random);
  const ShownList shown;
  const auto found = [&](const std::vector<Growing>& growing) {
    Asked asked{catalogue, viewer, nullptr, chain, shown, world.policy, 10};
    asked.growing = growing;
    const auto menu = make_menu(asked);
    const auto all =
        std::ranges::find_if(menu.all, [&](const Valued& it) { return catalogue[it.at].id == id; });
    return all == menu.all.end() ? -1 : all->value;
  };
  EXPECT_EQ(found({}), -1);
  EXPECT_GT(found({{id, 3}}), 0);
  EXPECT_GT(found({{id, 3}}), found({{world.known[3].id, 4}, {id, 3}})) << "the quickest speaks most";
}

}  // namespace
}  // namespace cliffhanger::recommendation
