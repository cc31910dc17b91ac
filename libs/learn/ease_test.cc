#include "libs/learn/ease.h"

#include <gtest/gtest.h>

#include <atomic>

#include <Eigen/LU>

#include "libs/learn/blas.h"
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

// More blocks than one, and a last one that is not full.
TEST(Ease, InvertsInBlocks) {
  constexpr int kSize = 600;
  const Eigen::MatrixXd half = Eigen::MatrixXd::Random(kSize, kSize);
  const Eigen::MatrixXd definite = half * half.transpose() / kSize + Eigen::MatrixXd::Identity(kSize, kSize);
  Dense matrix = definite.cast<float>();
  ASSERT_EQ(invert_definite(matrix), Inversion::kDone);
  EXPECT_LT(
      (matrix.cast<double>() * definite - Eigen::MatrixXd::Identity(kSize, kSize)).cwiseAbs().maxCoeff(),
      1e-4);
  Dense odd = definite.cast<float>();
  odd(400, 400) = -1;
  EXPECT_EQ(invert_definite(odd), Inversion::kNotDefinite);
}

TEST(Ease, EndsWithinItsInverseWhenTimeIsUp) {
  const auto data = power_law(500, 900, 8000, 5);
  for (const int looks : {0, 1, 3, 5, 9}) {  // of twelve: four blocks, three times
    std::atomic<int> left = looks;
    Resources resources;
    resources.expired = [&] { return left-- <= 0; };
    const auto model = Ease().fit(data, {}, resources);
    ASSERT_FALSE(model) << looks;
    EXPECT_EQ(model.error().code, Code::kDeadlineExceeded);
  }
}

TEST(Ease, NeedsItemsSquared) {
  History many;
  many.items = 40'000;
  EXPECT_GT(Ease().memory(many, {}), std::size_t{5} << 30);
}

}  // namespace
}  // namespace cliffhanger::learn
