#pragma once
#include <cmath>

namespace cliffhanger::learn {

// What iALS minimises and how far (Hu, Koren & Volinsky 2008 as tuned by Rendle et al. 2022):
//   Σ over interactions c · (⟨w_u, h_i⟩ − 1)² + unobserved · Σ over all pairs ⟨w_u, h_i⟩²
//   + lambda · (Σ_u (|u| + unobserved · items)^frequency |w_u|² + Σ_i (|i| + unobserved · users)^frequency
//   |h_i|²)
struct IalsOptions {
  int dimensions = 64;
  int iterations = 8;
  double unobserved = 0.1;
  double lambda = 0.01;
  double frequency = 1;   // how much more strongly those with more interactions are regularised
  double recency = 1;     // when folding in: the weight of an interaction n steps before the last is recencyⁿ
  bool weighted = false;  // c is History::rating (above 0), else 1
};

// What stands before |w|² for one with `taken` interactions, `others` being the size of the other side.
inline double regularisation(double taken, double others, const IalsOptions& options) {
  return options.lambda * std::pow(taken + options.unobserved * others, options.frequency);
}

}  // namespace cliffhanger::learn
