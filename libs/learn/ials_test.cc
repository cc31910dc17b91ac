#include "libs/learn/ials.h"

#include <gtest/gtest.h>

#include "libs/learn/test_data.h"

namespace cliffhanger::learn {
namespace {

TEST(Ials, EachIterationLowersTheObjective) {
  const auto data = two_tastes(60);
  IalsOptions options;
  options.dimensions = 4;
  std::vector<double> values;
  ASSERT_TRUE(factorise(data, options, {},
                        [&](const Factors& f) { values.push_back(ials_objective(data, f, options)); }));
  ASSERT_EQ(values.size(), 8u);
  for (std::size_t i = 1; i < values.size(); ++i) EXPECT_LE(values[i], values[i - 1] * (1 + 1e-6)) << i;
  EXPECT_LT(values.back(), 0.9 * values.front());
}

TEST(Ials, LowersTheWeightedObjectiveToo) {
  auto data = two_tastes(60);
  for (std::int64_t i = 0; i < data.size(); ++i) data.rating.push_back(i % 3 == 0 ? 2.5f : 0.5f);
  IalsOptions options;
  options.dimensions = 4;
  options.weighted = true;
  std::vector<double> values;
  ASSERT_TRUE(factorise(data, options, {},
                        [&](const Factors& f) { values.push_back(ials_objective(data, f, options)); }));
  for (std::size_t i = 1; i < values.size(); ++i) EXPECT_LE(values[i], values[i - 1] * (1 + 1e-6)) << i;
}

TEST(Ials, GoesOnFromGivenFactors) {
  const auto data = two_tastes(60);
  IalsOptions two, eight;
  two.iterations = 2;
  const auto first = factorise(data, eight, {});
  ASSERT_TRUE(first);
  const double before = ials_objective(data, *first, eight);
  const auto on = factorise(data, two, {}, {}, first->items);
  ASSERT_TRUE(on);
  EXPECT_LE(ials_objective(data, *on, eight), before * (1 + 1e-6));
}

TEST(Ials, SeparatesTastesAndFoldsInNewcomers) {
  const auto data = two_tastes(100);
  const auto model = Ials().fit(data, {{"dimensions", 2}}, {});
  ASSERT_TRUE(model);
  const auto newcomer = history_of(20, {{0, 1}, {11, 12}, {}});
  const auto scores = scores_of(**model, newcomer);
  EXPECT_GT(scores.row(0).head(10).minCoeff(), scores.row(0).tail(10).maxCoeff());
  EXPECT_LT(scores.row(1).head(10).maxCoeff(), scores.row(1).tail(10).minCoeff());
  EXPECT_EQ(scores.row(2).cwiseAbs().maxCoeff(), 0);
}

TEST(Ials, TheSameForTheSameSeedOnAnyNumberOfThreads) {
  const auto data = two_tastes(100);
  Resources two;
  two.threads = 2;
  const auto a = Ials().fit(data, {}, {}), b = Ials().fit(data, {}, two);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(scores_of(**a, data), scores_of(**b, data));
}

TEST(Ials, EndsWhenTimeIsUp) {
  Resources none;
  none.expired = [] { return true; };
  const auto model = Ials().fit(two_tastes(10), {}, none);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::kDeadlineExceeded);
}

}  // namespace
}  // namespace cliffhanger::learn
