#include "libs/learn/ials.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

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

TEST(Ials, AFactorIsTheExactMinimum) {
  // (unobserved · FᵀF + Σ f fᵀ + lambda · (n + unobserved · others)^frequency I) w = Σ f, by a dense inverse.
  const Scores factors = (Scores(4, 2) << 1, 0, 0, 1, 1, 1, 2, -1).finished();
  IalsOptions options;
  options.dimensions = 2;
  options.unobserved = 0.5;
  options.lambda = 0.1;
  options.frequency = 0.5;
  const std::vector<Index> taken = {0, 2};
  const Eigen::MatrixXd f = factors.cast<double>();
  Eigen::MatrixXd a =
      0.5 * f.transpose() * f + f.row(0).transpose() * f.row(0) + f.row(2).transpose() * f.row(2);
  a.diagonal().array() += 0.1 * std::sqrt(2 + 0.5 * 4);
  const Eigen::VectorXd expected = a.inverse() * (f.row(0) + f.row(2)).transpose();
  const Dense gram = factors.transpose() * factors;
  const auto got = solve_factor(factors, gram, taken, 4, options);
  EXPECT_LT((got.cast<double>() - expected).norm(), 1e-5);
}

TEST(Ials, RecencyWeighsWhatWasTakenLast) {
  const Scores factors = Scores::Identity(2, 2);
  const Dense gram = Dense::Identity(2, 2);
  const std::vector<Index> taken = {0, 1};
  const auto got = solve_factor(factors, gram, taken, 2, {}, 0.5);
  EXPECT_GT(got[1], got[0]);
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
