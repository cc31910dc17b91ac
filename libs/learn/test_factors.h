#pragma once
// For tests: made-up factors, and what is exactly nearest.
#include <cmath>
#include <random>
#include <vector>

#include "libs/learn/learner.h"
#include "libs/learn/metrics.h"

namespace cliffhanger::learn {

// Lengths differ as popularity does. `decaying`: with the spectrum that trained ones have.
inline Scores factors_of(Index items, int dimensions, bool decaying, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Scores out(items, dimensions);
  for (Index row = 0; row < items; ++row) {
    const float length = std::exp(0.5f * normal(random));
    for (int column = 0; column < dimensions; ++column)
      out(row, column) =
          length * normal(random) / (decaying ? std::sqrt(static_cast<float>(column + 1)) : 1.0f);
  }
  return out;
}

// The `k` of the greatest products.
inline std::vector<Index> exact(const Scores& factors, const Eigen::VectorXf& vector, int k) {
  const Eigen::VectorXf products = factors * vector;
  return top({products.data(), static_cast<std::size_t>(products.size())}, k);
}

}  // namespace cliffhanger::learn
