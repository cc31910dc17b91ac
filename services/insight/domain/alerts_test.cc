#include "services/insight/domain/alerts.h"

#include <gtest/gtest.h>

#include <random>

namespace cliffhanger::insight {
namespace {

TEST(AlertsTest, TheRobustScoreIsThatOfMedianAndDeviation) {
  EXPECT_NEAR(robust_score(10, {1, 2, 3, 4, 100}, 0), (10 - 3) / 1.4826, 1e-12);
  EXPECT_NEAR(robust_score(10, {5, 5, 5, 5}, 2), 2.5, 1e-12) << "the least deviation";
  EXPECT_NEAR(robust_score(1, {1, 2, 3, 4}, 0.1), (1 - 2.5) / 1.4826, 1e-12);
  EXPECT_EQ(robust_score(10, {}, 1), 0);
}

std::vector<Day> even_days(int n, std::int64_t plays, std::int64_t completes) {
  std::mt19937 random(8);
  std::poisson_distribution<std::int64_t> noise(static_cast<double>(plays));
  std::vector<Day> out;
  for (int i = 0; i < n; ++i) {
    const auto p = noise(random);
    out.push_back({100 + i, p, p * completes / plays});
  }
  return out;
}

TEST(AlertsTest, ADayThatIsOddIsFoundAndOthersAreNot) {
  auto days = even_days(40, 400, 200);
  EXPECT_TRUE(odd_days(days, 126, 140).empty());
  days[35].plays = 1200;
  days[35].completes = 600;
  days[37].completes = 60;
  const auto odd = odd_days(days, 126, 140);
  ASSERT_EQ(odd.size(), 2u);
  EXPECT_EQ(odd[0].day, 135);
  EXPECT_FALSE(odd[0].completion);
  EXPECT_GT(odd[0].score, 3.5);
  EXPECT_NEAR(odd[0].usual, 400, 20);
  EXPECT_EQ(odd[1].day, 137);
  EXPECT_TRUE(odd[1].completion);
  EXPECT_LT(odd[1].score, -3.5);
}

TEST(AlertsTest, DaysWithoutPlaysCountAndAYoungEpisodeHasNoAlerts) {
  auto days = even_days(20, 400, 200);
  days.erase(days.begin() + 18);  // nobody at all: an outage
  const auto odd = odd_days(days, 106, 120);
  ASSERT_EQ(odd.size(), 1u);
  EXPECT_EQ(odd[0].day, 118);
  EXPECT_EQ(odd[0].value, 0);
  EXPECT_TRUE(odd_days({{100, 5, 1}, {101, 4000, 1}}, 100, 103).empty());
  EXPECT_TRUE(odd_days({}, 0, 9).empty());
  EXPECT_TRUE(odd_days({{500, 5, 1}}, 100, 200).empty()) << "not yet";
}

TEST(AlertsTest, WeekendsAreNotOdd) {
  auto days = even_days(42, 10'000, 5000);
  for (auto& day : days)
    if (day.number % 7 >= 5)
      day = {day.number, day.plays * 13 / 10, day.completes};  // more is begun, less ended
  EXPECT_TRUE(odd_days(days, 128, 142).empty());
  auto& saturday = days[38];
  ASSERT_EQ(saturday.number % 7, 5);
  saturday.plays = saturday.completes = 20'000;
  const auto odd = odd_days(days, 128, 142);
  ASSERT_EQ(odd.size(), 2u) << "one that is unlike other weekends";
  EXPECT_EQ(odd[0].day, saturday.number);
  EXPECT_TRUE(odd[1].completion);
}

TEST(AlertsTest, FewPlaysSayNothingOfCompletion) {
  auto days = even_days(40, 400, 200);
  for (auto& day : days) day = {day.number, 8, day.number % 2 == 0 ? 8 : 0};
  EXPECT_TRUE(odd_days(days, 126, 140).empty());
}

}  // namespace
}  // namespace cliffhanger::insight
