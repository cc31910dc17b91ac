#include "libs/rank/calibration.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cliffhanger::rank {
double log_odds(double probability) {
  const double p = std::clamp(probability, 1e-6, 1 - 1e-6);
  return std::log(p / (1 - p));
}

double logistic(double log_odds) {
  return 1 / (1 + std::exp(-log_odds));
}

double calibration_error(std::span<const double> predicted, std::span<const char> outcomes, int bins) {
  std::vector<double> off(static_cast<std::size_t>(bins), 0);
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const auto bin = std::clamp(static_cast<int>(predicted[i] * bins), 0, bins - 1);
    off[static_cast<std::size_t>(bin)] += predicted[i] - (outcomes[i] ? 1 : 0);
  }
  double sum = 0;
  for (const double one : off) sum += std::abs(one);
  return predicted.empty() ? 0 : sum / static_cast<double>(predicted.size());
}

}  // namespace cliffhanger::rank
