#include "libs/simulate/position.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libs/rank/draw.h"
#include "libs/rank/position.h"

namespace cliffhanger::simulate {
namespace {

using rank::Draw;

constexpr double kAttractionA = 2, kAttractionB = 8;  // a Beta distribution: a fifth on average
constexpr double kHunch = 0.15;  // deviation of what the log's policy knows of an item from the truth

std::vector<int> best_of(const std::vector<double>& values, int most) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    const double x = values[static_cast<std::size_t>(a)], y = values[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  });
  order.resize(static_cast<std::size_t>(most));
  return order;
}

}  // namespace

Result<PositionOutcome> simulate_position(const PositionOptions& options) {
  Draw draw(options.seed);
  const auto positions = static_cast<std::size_t>(options.positions);
  std::vector<double> truth, hunch, looked;
  for (int item = 0; item < options.items; ++item) {
    truth.push_back(draw.beta(kAttractionA, kAttractionB));
    hunch.push_back(truth.back() + kHunch * draw.normal());
  }
  for (std::size_t at = 0; at < positions; ++at) looked.push_back(1 / (1 + 0.5 * static_cast<double>(at)));
  const auto usual = best_of(hunch, options.positions);
  std::vector<rank::Placed> log;
  std::vector<int> all(truth.size());
  std::iota(all.begin(), all.end(), 0);
  for (int list = 0; list < options.lists; ++list) {
    const bool random = draw.chance(options.explored);
    for (std::size_t at = 0; at < positions; ++at) {
      if (random) std::swap(all[at], all[at + draw.below(all.size() - at)]);
      const int item = random ? all[at] : usual[at];
      // Either way could have put it here.
      const double propensity =
          options.explored / options.items + (usual[at] == item ? 1 - options.explored : 0);
      log.push_back({item, static_cast<int>(at), propensity,
                     draw.chance(looked[at] * truth[static_cast<std::size_t>(item)])});
    }
  }
  CH_ASSIGN(const auto learnt, rank::examination(log, options.positions));
  const auto worth = [&](const std::vector<int>& list) {
    double sum = 0;
    for (std::size_t at = 0; at < positions; ++at)
      sum += looked[at] * truth[static_cast<std::size_t>(list[at])];
    return sum;
  };
  const double ideal = worth(best_of(truth, options.positions));
  const std::vector<double> everywhere(positions, 1);
  PositionOutcome out;
  out.logged = worth(usual) / ideal;
  out.naive = worth(best_of(rank::attraction(log, options.items, everywhere), options.positions)) / ideal;
  out.corrected = worth(best_of(rank::attraction(log, options.items, learnt), options.positions)) / ideal;
  for (std::size_t at = 0; at < positions; ++at)
    out.examination_error += std::abs(learnt[at] - looked[at]) / static_cast<double>(positions);
  return out;
}

}  // namespace cliffhanger::simulate
