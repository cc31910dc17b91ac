#pragma once
// The exact least squares behind iALS, for one user (or item) at a time.
#include <span>

#include "libs/learn/blas.h"
#include "libs/learn/ials_options.h"
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// An orthogonal turn of factors.
struct Turned {
  Eigen::VectorXf gram;  // the diagonal that FᵀF has afterwards, ascending
  Dense turn;            // F became F · turn
};

// Turns factors (rows), in place, so that their Gram matrix FᵀF is diagonal. Products with the other side's
// factors stay what they are if that side is turned alike, or solved anew.
Turned diagonalise(Scores& factors, int threads);

// Finds what iALS minimises for one user (or item), all factors of the other side fixed and their Gram matrix
// diagonal. The matrix to invert is then diagonal but for one rank an interaction (Woodbury 1950): with n
// interactions and d dimensions it costs n²·d where n < d, else n·d² + d³/3. Safe from many threads;
// `factors` outlive it.
class FoldIn {
 public:
  // `gram`: the diagonal of FᵀF; `others`: how many the training had of the other side, for the
  // regularisation.
  FoldIn(const Scores& factors, Eigen::VectorXf gram, double others, const IalsOptions& options)
      : factors_(factors), gram_(std::move(gram)), others_(others), options_(options) {}

  // The factor that minimises Σ weight · (⟨f, x⟩ − 1)² + unobserved · Σ over all ⟨f, x⟩² + regularisation ·
  // |x|². `taken` are distinct rows of the factors; `weights`, above 0, are one for each, or none: 1 each.
  // Zero if nothing was taken.
  Eigen::VectorXf operator()(std::span<const Index> taken, std::span<const float> weights = {}) const;

 private:
  Eigen::VectorXf by_interactions(const Eigen::VectorXf& diagonal, std::span<const Index> taken,
                                  std::span<const float> weights) const;
  Eigen::VectorXf by_dimensions(const Eigen::VectorXf& diagonal, std::span<const Index> taken,
                                std::span<const float> weights) const;

  const Scores& factors_;
  Eigen::VectorXf gram_;
  double others_;
  IalsOptions options_;
};

}  // namespace cliffhanger::learn
