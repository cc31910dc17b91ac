#include "libs/learn/ease.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "libs/learn/test_data.h"

namespace cliffhanger::learn {
namespace {

// Steck 2019, equation 8, by a dense inverse.
Eigen::MatrixXd reference(const History& data, double lambda, double dropout = 0) {
  const Eigen::MatrixXd x = dense_of(data);
  Eigen::MatrixXd gram = x.transpose() * x;
  gram.diagonal() *= 1 + dropout / (1 - dropout);
  gram.diagonal().array() += lambda;
  const Eigen::MatrixXd p = gram.inverse();
  Eigen::MatrixXd b = -(p.array().rowwise() / p.diagonal().transpose().array()).matrix();
  b.diagonal().setZero();
  return x * b;
}

TEST(Ease, EqualsTheDenseInverse) {
  const auto data = two_tastes(60);
  for (const double dropout : {0.0, 0.5}) {
    const auto model = Ease().fit(data, {{"lambda", 30}, {"dropout", dropout}}, {});
    ASSERT_TRUE(model);
    const Eigen::MatrixXd got = scores_of(**model, data).cast<double>();
    EXPECT_LT((got - reference(data, 30, dropout)).cwiseAbs().maxCoeff(), 1e-4) << dropout;
  }
}

TEST(Ease, TheSameOnTwoThreads) {
  const auto data = two_tastes(80);
  Resources two;
  two.threads = 2;
  const auto a = Ease().fit(data, {}, {}), b = Ease().fit(data, {}, two);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(scores_of(**a, data).isApprox(scores_of(**b, data), 1e-5f));
}

TEST(Ease, WantsALambda) {
  const auto data = history_of(3, {{0, 1}, {0, 1}});
  const auto model = Ease().fit(data, {{"lambda", 0}}, {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().reason, "NOT_DEFINITE");
}

TEST(Ease, NeedsItemsSquared) {
  History many;
  many.items = 40'000;
  EXPECT_GT(Ease().memory(many, {}), std::size_t{11} << 30);
}

}  // namespace
}  // namespace cliffhanger::learn
