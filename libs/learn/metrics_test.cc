#include "libs/learn/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "libs/learn/popularity.h"
#include "libs/learn/test_data.h"

namespace cliffhanger::learn {
namespace {

TEST(Metrics, ByHand) {
  Figures sums;
  const std::vector<Index> list = {7, 3, 9, 1}, relevant = {1, 3, 5};
  count_list(list, relevant, 4, sums);
  EXPECT_DOUBLE_EQ(sums.recall, 2 / 3.0);
  EXPECT_DOUBLE_EQ(sums.precision, 2 / 4.0);
  EXPECT_DOUBLE_EQ(sums.hr, 1);
  EXPECT_DOUBLE_EQ(sums.mrr, 1 / 2.0);
  const double ideal = 1 + 1 / std::log2(3) + 1 / std::log2(4);
  EXPECT_DOUBLE_EQ(sums.ndcg, (1 / std::log2(3) + 1 / std::log2(5)) / ideal);
}

TEST(Metrics, TheIdealListIsNoLongerThanK) {
  Figures sums;
  const std::vector<Index> list = {0, 1}, relevant = {0, 1, 2, 3};
  count_list(list, relevant, 2, sums);
  EXPECT_DOUBLE_EQ(sums.ndcg, 1);
  EXPECT_DOUBLE_EQ(sums.recall, 0.5);
}

TEST(Metrics, APrecisionOverKThoughTheListIsShort) {
  Figures sums;
  const std::vector<Index> list = {0}, relevant = {0};
  count_list(list, relevant, 10, sums);
  EXPECT_DOUBLE_EQ(sums.precision, 0.1);
  EXPECT_DOUBLE_EQ(sums.mrr, 1);
}

TEST(Metrics, TopBreaksTiesByNumberAndLeavesOutWhatIsMasked) {
  const float none = -std::numeric_limits<float>::infinity();
  const std::vector<float> scores = {1, 3, 3, none, 2, 3};
  EXPECT_EQ(top(scores, 2), (std::vector<Index>{1, 2}));
  EXPECT_EQ(top(scores, 10), (std::vector<Index>{1, 2, 5, 4, 0}));
  const std::vector<float> odd = {NAN, 1, none};
  EXPECT_EQ(top(odd, 3), (std::vector<Index>{1}));
}

TEST(Metrics, MaskedAndFullRanking) {
  // Item 0 is the most popular; user 0 has it already and should find item 1.
  const auto train = history_of(3, {{0}, {0, 1}, {0, 2}, {1}});
  const auto test = history_of(3, {{1}, {}, {}, {}});
  const auto model = Popularity().fit(train, {}, {});
  ASSERT_TRUE(model);
  RankingOptions options{{1, 2}};
  const auto masked = evaluate(**model, train, test, options);
  EXPECT_EQ(masked.users, 1);
  EXPECT_DOUBLE_EQ(masked.at.at(1).hr, 1);
  options.mask_seen = false;
  const auto full = evaluate(**model, train, test, options);
  EXPECT_DOUBLE_EQ(full.at.at(1).hr, 0);
  EXPECT_DOUBLE_EQ(full.at.at(2).mrr, 0.5);
}

TEST(Metrics, CoverageNoveltyDiversityByHand) {
  // Both users' lists are the two items they lack: {2, 1}... popularity: 0 ×3, 1 ×2, 2 ×1 of four users.
  const auto train = history_of(3, {{0}, {0, 1}, {0, 2}, {1}});
  const auto test = history_of(3, {{1}, {}, {}, {}});
  const auto model = Popularity().fit(train, {}, {});
  const auto ranking = evaluate(**model, train, test, RankingOptions{{2}});
  const auto& figures = ranking.at.at(2);
  EXPECT_DOUBLE_EQ(figures.coverage, 2 / 3.0);
  EXPECT_DOUBLE_EQ(figures.novelty, (-std::log2(2 / 4.0) - std::log2(1 / 4.0)) / 2);
  EXPECT_DOUBLE_EQ(figures.diversity, 1);  // items 1 and 2 have nobody in common
}

}  // namespace
}  // namespace cliffhanger::learn
