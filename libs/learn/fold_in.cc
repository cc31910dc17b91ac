#include "libs/learn/fold_in.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "libs/learn/parallel.h"

namespace cliffhanger::learn {

Turned diagonalise(Scores& factors, int threads) {
  Dense gram = Dense::Zero(factors.cols(), factors.cols());
  gram.selfadjointView<Eigen::Lower>().rankUpdate(factors.transpose());
  const Eigen::SelfAdjointEigenSolver<Dense> solver(gram);
  Turned out{solver.eigenvalues().cwiseMax(0.0f), solver.eigenvectors()};
  parallel_for(threads, factors.rows(), 1024, [&](std::int64_t first, std::int64_t end) {
    auto block = factors.middleRows(first, end - first);
    const Scores turned = block * out.turn;
    block = turned;
  });
  return out;
}

Eigen::VectorXf FoldIn::operator()(std::span<const Index> taken, std::span<const float> weights) const {
  if (taken.empty()) return Eigen::VectorXf::Zero(factors_.cols());
  const auto ridge = static_cast<float>(regularisation(static_cast<double>(taken.size()), others_, options_));
  const Eigen::VectorXf diagonal = (static_cast<float>(options_.unobserved) * gram_).array() + ridge;
  return std::ssize(taken) < factors_.cols() ? by_interactions(diagonal, taken, weights)
                                             : by_dimensions(diagonal, taken, weights);
}

// With D the diagonal, C the weights and F the rows taken: x = D⁻¹Fᵀ a where (C⁻¹ + F D⁻¹ Fᵀ) a = 1.
Eigen::VectorXf FoldIn::by_interactions(const Eigen::VectorXf& diagonal, std::span<const Index> taken,
                                        std::span<const float> weights) const {
  const auto count = static_cast<Eigen::Index>(taken.size());
  const Eigen::VectorXf scale = diagonal.array().rsqrt();
  Dense rows(factors_.cols(), count);
  for (Eigen::Index i = 0; i < count; ++i)
    rows.col(i) = factors_.row(taken[i]).transpose().cwiseProduct(scale);
  Dense inner = Dense::Zero(count, count);
  inner.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
  for (Eigen::Index i = 0; i < count; ++i) inner(i, i) += weights.empty() ? 1.0f : 1 / weights[i];
  Eigen::VectorXf a = Eigen::VectorXf::Ones(count);
  if (!solve_definite(inner, a)) return Eigen::VectorXf::Zero(factors_.cols());
  return (rows * a).cwiseProduct(scale);
}

// (D + Fᵀ C F) x = Fᵀ c, a block of rows at a time: what is liked by all has millions.
Eigen::VectorXf FoldIn::by_dimensions(const Eigen::VectorXf& diagonal, std::span<const Index> taken,
                                      std::span<const float> weights) const {
  constexpr Eigen::Index kBlock = 512;
  const auto count = static_cast<Eigen::Index>(taken.size());
  Dense a = diagonal.asDiagonal();
  Eigen::VectorXf out = Eigen::VectorXf::Zero(factors_.cols());
  Dense rows(factors_.cols(), std::min(kBlock, count));
  for (Eigen::Index first = 0; first < count; first += kBlock) {
    const auto size = std::min(kBlock, count - first);
    for (Eigen::Index i = 0; i < size; ++i) {
      const float weight = weights.empty() ? 1.0f : weights[first + i];
      const auto factor = factors_.row(taken[first + i]).transpose();
      rows.col(i) = std::sqrt(weight) * factor;
      out += weight * factor;
    }
    a.selfadjointView<Eigen::Lower>().rankUpdate(rows.leftCols(size));
  }
  if (!solve_definite(a, out)) out.setZero();
  return out;
}

}  // namespace cliffhanger::learn
