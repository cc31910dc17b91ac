#include "libs/learn/neighbours.h"

#include <gtest/gtest.h>

#include "libs/learn/test_data.h"

namespace cliffhanger::learn {
namespace {

float weight(const NeighbourTable& table, Index from, Index to) {
  for (auto at = table.start[from]; at < table.start[from + 1]; ++at)
    if (table.item[at] == to) return table.weight[at];
  return 0;
}

TEST(Neighbours, CosineByHand) {
  // Item 0 is taken by three, item 1 by two, both by two: 2 / √6.
  const auto data = history_of(3, {{0, 1}, {0, 1, 2}, {0}});
  const auto table = find_neighbours(data, {}, 1);
  EXPECT_NEAR(weight(table, 0, 1), 2 / std::sqrt(6.0), 1e-6);
  EXPECT_NEAR(weight(table, 1, 0), 2 / std::sqrt(6.0), 1e-6);
  EXPECT_NEAR(weight(table, 2, 1), 1 / std::sqrt(2.0), 1e-6);
  EXPECT_EQ(weight(table, 0, 0), 0);
}

TEST(Neighbours, LongHistoriesCountLess) {
  NeighbourOptions options;
  options.user_power = 1;
  options.source_power = options.target_power = 0;
  const auto table = find_neighbours(history_of(3, {{0, 1}, {0, 1, 2}}), options, 1);
  EXPECT_NEAR(weight(table, 0, 1), 1 / 2.0 + 1 / 3.0, 1e-6);
}

TEST(Neighbours, KeepsTheStrongest) {
  NeighbourOptions options;
  options.neighbours = 1;
  const auto table = find_neighbours(history_of(3, {{0, 1}, {0, 1}, {0, 2}}), options, 2);
  EXPECT_EQ(table.start[1], 1);
  EXPECT_GT(weight(table, 0, 1), 0);
  EXPECT_EQ(weight(table, 0, 2), 0);
}

TEST(Transitions, DirectionAndGapByHand) {
  NeighbourOptions options;
  options.source_power = options.target_power = 0;
  options.gap_decay = 0.5;
  options.backward = 0.25;
  const auto table = find_neighbours(history_of(3, {{0, 1, 2}, {0, 1}}, true), options, 1);
  EXPECT_NEAR(weight(table, 0, 1), 2, 1e-6);
  EXPECT_NEAR(weight(table, 0, 2), 0.5, 1e-6);
  EXPECT_NEAR(weight(table, 1, 0), 0.5, 1e-6);    // twice, backward
  EXPECT_NEAR(weight(table, 2, 0), 0.125, 1e-6);  // backward over two steps
}

TEST(Transitions, WhatWasTakenLastSpeaksLoudest) {
  const auto data = history_of(4, {{0, 2}, {1, 3}, {0, 2}, {1, 3}}, true);
  const auto model = Transitions().fit(data, {{"recency", 0.5}, {"backward", 0}}, {});
  ASSERT_TRUE(model);
  const auto scores = scores_of(**model, history_of(4, {{0, 1}, {1, 0}}, true));
  EXPECT_GT(scores(0, 3), scores(0, 2));
  EXPECT_GT(scores(1, 2), scores(1, 3));
  EXPECT_NEAR(scores(0, 2), 0.5 * scores(0, 3), 1e-6);
}

TEST(Transitions, WantOrder) {
  const auto model = Transitions().fit(history_of(2, {{0, 1}}), {}, {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().reason, "NO_ORDER");
}

}  // namespace
}  // namespace cliffhanger::learn
