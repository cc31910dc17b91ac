#pragma once
// Models that nobody trained, of any size, for the benches that need but their shape.
#include <algorithm>
#include <cmath>
#include <random>

#include "libs/learn/fold_in.h"
#include "services/recommendation/domain/model_data.h"

namespace cliffhanger::bench {

// Factors with the decaying spectrum that trained ones have, of series named by their numbers; without lists.
inline recommendation::ModelData model_of(int series, int dimensions, std::mt19937_64& random) {
  recommendation::ModelData out;
  std::normal_distribution<float> normal;
  out.factors.resize(series, dimensions);
  for (int row = 0; row < series; ++row)
    for (int column = 0; column < dimensions; ++column)
      out.factors(row, column) = normal(random) / std::sqrt(static_cast<float>(column + 1));
  out.gram = learn::diagonalise(out.factors, 2).gram;
  out.options.dimensions = dimensions;
  out.options.unobserved = 0.3;
  out.options.lambda = 0.01;
  out.options.weighted = true;
  for (int i = 0; i < series; ++i) out.series.push_back(SeriesId(Uuid::from_name(std::to_string(i))));
  return out;
}

// Popular series more often; most histories are short, one in a hundred has hundreds.
inline std::vector<learn::Index> history_of(int series, std::mt19937_64& random) {
  const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1.0p-53; };
  const auto length = std::min<std::size_t>(500, static_cast<std::size_t>(8 * std::pow(uniform(), -0.8)));
  std::vector<learn::Index> out;
  while (out.size() < length) {
    const auto item = static_cast<learn::Index>(series * std::pow(uniform(), 2.5));
    if (std::ranges::find(out, item) == out.end()) out.push_back(item);
  }
  return out;
}

}  // namespace cliffhanger::bench
