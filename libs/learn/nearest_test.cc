#include "libs/learn/nearest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <thread>

#include "libs/learn/test_factors.h"

namespace cliffhanger::learn {
namespace {

Eigen::VectorXf query_of(int dimensions, std::uint64_t seed) {
  return factors_of(1, dimensions, true, seed).row(0).transpose();
}

TEST(NearestItems, FindsNearlyAllOfTheBest) {
  const int dimensions = 24, k = 100;
  const auto factors = factors_of(5000, dimensions, true);
  const auto nearest = NearestItems::build(factors, {});
  ASSERT_EQ(nearest->items(), 5000);
  EXPECT_GT(nearest->bytes(), 5000u * 24 * 4);
  std::size_t found = 0;
  for (int i = 0; i < 50; ++i) {
    const auto query = query_of(dimensions, 100 + static_cast<std::uint64_t>(i));
    const auto best = exact(factors, query, k);
    const auto ours = nearest->find(query, k);
    ASSERT_EQ(ours.size(), static_cast<std::size_t>(k));
    const std::set<Index> all(best.begin(), best.end()), distinct(ours.begin(), ours.end());
    EXPECT_EQ(distinct.size(), ours.size());
    for (std::size_t j = 1; j < ours.size(); ++j)
      EXPECT_GE(factors.row(ours[j - 1]).dot(query), factors.row(ours[j]).dot(query));
    for (const auto item : ours) found += all.contains(item);
  }
  EXPECT_GE(found, 50u * k * 95 / 100);
}

TEST(NearestItems, GivesWhatThereIs) {
  const auto factors = factors_of(7, 3, true);
  const auto nearest = NearestItems::build(factors, {});
  EXPECT_EQ(nearest->find(query_of(3, 5), 100), exact(factors, query_of(3, 5), 7));
  EXPECT_TRUE(nearest->find(query_of(3, 5), 0).empty());
  const auto none = NearestItems::build(Scores(0, 3), {});
  EXPECT_TRUE(none->find(query_of(3, 5), 10).empty());
}

TEST(NearestItems, TheSameRowsGiveTheSameAnswersFromManyThreads) {
  const auto factors = factors_of(2000, 8, true);
  const auto one = NearestItems::build(factors, {}), other = NearestItems::build(factors, {});
  std::vector<std::jthread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i < 50; ++i)
        EXPECT_EQ(one->find(query_of(8, thread * 100 + i), 20),
                  other->find(query_of(8, thread * 100 + i), 20));
    });
}

TEST(NearestItems, StopsWhenTimeIsUp) {
  int asked = 0;
  EXPECT_EQ(NearestItems::build(factors_of(2000, 8, true), {}, [&] { return ++asked == 3; }), nullptr);
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace cliffhanger::learn
