#pragma once
#include <Eigen/SparseCore>

#include "libs/learn/blas.h"
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// The interactions as a bipartite graph: R̃ = D_U^−½ R D_I^−½, whose R̃ᵀR̃ is the linear low-pass filter over
// items.
struct Graph {
  using Sparse = Eigen::SparseMatrix<float, Eigen::RowMajor>;
  Sparse by_user;               // R̃
  Sparse by_item;               // R̃ᵀ, by rows too: products with either go along rows
  Eigen::VectorXf root_degree;  // √ of the users of each item, at least 1
  Eigen::VectorXf diagonal;     // of R̃ᵀR̃
};
Graph make_graph(const History& data);

// sparse · dense with rows shared out among threads.
Scores product(const Graph::Sparse& sparse, const Scores& dense, int threads);

// The first `rank` right singular vectors of R̃ as columns, by randomised subspace iteration (Halko,
// Martinsson & Tropp 2011; oversampling of a tenth and at least 8, `power` rounds). Fails with
// DEADLINE_EXCEEDED.
Result<Dense> right_singular_vectors(const Graph& graph, int rank, int power, const Resources& resources);

// Both filters can be tilted: what a user took speaks with (users of it)^−source, and what is recommended is
// weighed by (users of it)^−target; 0 is as the papers have it.

// GF-CF (Shen et al. 2021): r R̃ᵀR̃ + ideal · r D_I^−½ V Vᵀ D_I^½, the linear low-pass and the ideal one with
// the first `rank` frequencies.
class GfCf final : public Learner {
 public:
  std::string name() const override { return "gf-cf"; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

// BSPM (Choi et al. 2023): one Euler step of blurring, b = r R̃ᵀR̃ + ideal · r D_I^−½ V Vᵀ D_I^½, then one
// Runge-Kutta step (order 4) of length `sharpen` along db/dt = −b R̃ᵀR̃. Sharpening is exact along the first
// `rank` frequencies; what lies beyond is sharpened like the mean of it, which costs no product for each
// user.
class Bspm final : public Learner {
 public:
  std::string name() const override { return "bspm"; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

}  // namespace cliffhanger::learn
