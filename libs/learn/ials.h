#pragma once
#include "libs/learn/blas.h"
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// What iALS minimises and how far (Hu, Koren & Volinsky 2008 as tuned by Rendle et al. 2022):
//   Σ over interactions (⟨w_u, h_i⟩ − 1)² + unobserved · Σ over all pairs ⟨w_u, h_i⟩²
//   + lambda · (Σ_u (|u| + unobserved · items)^frequency |w_u|² + Σ_i (|i| + unobserved · users)^frequency
//   |h_i|²)
struct IalsOptions {
  int dimensions = 64;
  int iterations = 8;
  double unobserved = 0.1;
  double lambda = 0.01;
  double frequency = 1;  // how much more strongly those with more interactions are regularised
  double recency = 1;    // when folding in: the weight of an interaction n steps before the last is recencyⁿ
};

// One half of an iteration for one user (or item): the exact minimum for their factor, all others fixed.
// `gram` is FᵀF over the other side's factors (rows), `others` the other side's size.
Eigen::VectorXf solve_factor(const Scores& factors, const Dense& gram, std::span<const Index> taken,
                             double others, const IalsOptions& options, double recency = 1);

struct Factors {
  Scores users;
  Scores items;
};

// Alternates from random factors (the seed's). `watch`, if set, sees the factors after each iteration. Fails
// with DEADLINE_EXCEEDED.
Result<Factors> factorise(const History& data, const IalsOptions& options, const Resources& resources,
                          const std::function<void(const Factors&)>& watch = {});

// The value of what is minimised; users × items of time.
double ials_objective(const History& data, const Factors& factors, const IalsOptions& options);

// Matrix factorisation. Parameters are the options' names, but for lambda, which is `regularisation` /
// (unobserved + density). Scoring folds the history in: the exact minimum for it at the fitted item factors.
class Ials final : public Learner {
 public:
  std::string name() const override { return "ials"; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

}  // namespace cliffhanger::learn
