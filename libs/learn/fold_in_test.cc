#include "libs/learn/fold_in.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <numeric>
#include <random>

namespace cliffhanger::learn {
namespace {

Scores some_factors(Eigen::Index rows, Eigen::Index dimensions) {
  std::mt19937 random(7);
  Scores out(rows, dimensions);
  for (Eigen::Index i = 0; i < out.size(); ++i)
    out.data()[i] = static_cast<float>(random() % 2000) / 1000 - 1;
  return out;
}

// (unobserved · FᵀF + Σ c f fᵀ + lambda · (n + unobserved · others)^frequency I) x = Σ c f, by a dense
// inverse.
Eigen::VectorXd expected(const Scores& factors, std::span<const Index> taken, std::span<const float> weights,
                         double others, const IalsOptions& options) {
  const Eigen::MatrixXd f = factors.cast<double>();
  Eigen::MatrixXd a = options.unobserved * f.transpose() * f;
  Eigen::VectorXd b = Eigen::VectorXd::Zero(f.cols());
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    a += weight * f.row(taken[i]).transpose() * f.row(taken[i]);
    b += weight * f.row(taken[i]).transpose();
  }
  a.diagonal().array() += regularisation(static_cast<double>(taken.size()), others, options);
  return a.inverse() * b;
}

TEST(FoldIn, IsTheExactMinimumForFewAndForMany) {
  Scores factors = some_factors(700, 16);
  IalsOptions options;
  options.unobserved = 0.5;
  options.lambda = 0.1;
  options.frequency = 0.5;
  const auto gram = diagonalise(factors, 1).gram;
  const FoldIn fold_in(factors, gram, 700, options);
  for (const int count : {1, 5, 15, 16, 17, 600}) {  // on both sides of the dimensions, and more than a block
    std::vector<Index> taken(static_cast<std::size_t>(count));
    std::iota(taken.begin(), taken.end(), 3);
    std::vector<float> weights;
    for (int i = 0; i < count; ++i) weights.push_back(0.25f + static_cast<float>(i % 5));
    const Eigen::VectorXd plain = fold_in(taken).cast<double>(),
                          weighed = fold_in(taken, weights).cast<double>();
    EXPECT_LT((plain - expected(factors, taken, {}, 700, options)).norm(), 1e-4) << count;
    EXPECT_LT((weighed - expected(factors, taken, weights, 700, options)).norm(), 1e-4) << count;
  }
  EXPECT_EQ(fold_in({}).norm(), 0);
}

TEST(FoldIn, ATurnKeepsProductsAndMakesTheGramDiagonal) {
  Scores factors = some_factors(3000, 8);
  const Scores before = factors;
  const auto turned = diagonalise(factors, 2);
  const Eigen::MatrixXf gram = factors.transpose() * factors;
  EXPECT_TRUE(gram.isApprox(Eigen::MatrixXf(turned.gram.asDiagonal()), 1e-3f));
  EXPECT_TRUE((factors * turned.turn.transpose()).isApprox(before, 1e-4f));
  const Eigen::MatrixXf products = before.topRows(5) * before.topRows(5).transpose();
  EXPECT_TRUE((factors.topRows(5) * factors.topRows(5).transpose()).isApprox(products, 1e-3f));
}

}  // namespace
}  // namespace cliffhanger::learn
