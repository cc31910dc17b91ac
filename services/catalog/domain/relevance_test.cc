#include "services/catalog/domain/relevance.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace cliffhanger::catalog {
namespace {

using Order = std::vector<std::size_t>;

TEST(RelevanceTest, TheWorthierComeFirstAmongEquals) {
  const Match page[] = {{.6, false, .1}, {.6, false, .3}, {.55, false, .9}, {.5, false, 1}, {.1, false, 1}};
  EXPECT_EQ(order_by_worth(page), (Order{2, 1, 0, 3, 4})) << ".5 is less than nine tenths of .6";
  EXPECT_EQ(order_by_worth({}), Order{});
}

TEST(RelevanceTest, AnExactTitleKeepsItsPlace) {
  const Match page[] = {{.6, false, .1}, {.6, false, .3}, {.6, true, .2}, {.6, false, .1}, {.6, false, .9}};
  EXPECT_EQ(order_by_worth(page), (Order{1, 0, 2, 4, 3}));
}

TEST(RelevanceTest, TitlesAreComparedByWords) {
  EXPECT_TRUE(is_title("  the\tCEO's  wife ", "The CEO's Wife"));
  EXPECT_FALSE(is_title("the wife", "The wife 2"));
  EXPECT_FALSE(is_title("thewife", "The wife"));
  EXPECT_TRUE(is_title("霸道总裁", "霸道总裁"));
}

// Each once, and whoever got ahead of somebody matches about as well.
RC_GTEST_PROP(RelevanceTest, NothingIsLostAndNothingGoesFar, (std::vector<std::uint8_t> bytes)) {
  std::vector<Match> page;
  for (const auto byte : bytes)
    page.push_back({static_cast<double>(byte) / 255, byte % 7 == 0, static_cast<double>(byte * 37 % 101)});
  std::ranges::sort(page, std::greater(), &Match::relevance);
  const auto order = order_by_worth(page);
  auto sorted = order;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) RC_ASSERT(sorted[i] == i);
  RC_ASSERT(sorted.size() == page.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (page[order[i]].exact) RC_ASSERT(order[i] == i);
    for (std::size_t j = i + 1; j < order.size(); ++j)
      if (order[j] < order[i]) RC_ASSERT(page[order[i]].relevance >= kCloseMatch * page[order[j]].relevance);
  }
}

}  // namespace
}  // namespace cliffhanger::catalog
