#include "services/recommendation/domain/ranking_value.h"

#include <cmath>

#include "libs/learn/off_policy.h"

namespace cliffhanger::recommendation {
namespace {

struct Drawn {
  double weight, reward;
};

// The chance that the ranking gives the series at `at` of the page, over that which it had; none if it wasn't
// drawn.
std::optional<double> weight_of(const LoggedPage& page, std::size_t at,
                                const std::function<double(const LoggedPage&, std::size_t)>& value) {
  const auto& decision = page.decision;
  const auto& placed = decision.placed[at];
  if (placed.explored || decision.places.first + at == 0 || is_pinned(decision.pool, placed, at))
    return std::nullopt;
  const auto arms = arms_after(decision.pool, decision.slotting, std::span(decision.placed).first(at));
  std::vector<double> values;
  std::optional<std::size_t> chosen;
  for (const auto& arm : arms) {
    if (arm.item == placed.item) chosen = values.size();
    const double sameness = decision.pool.items[arm.item].value - arm.value;
    values.push_back(value(page, arm.item) - sameness);
  }
  if (!chosen || arms.size() < 2) return std::nullopt;
  return chances(values, decision.slotting)[*chosen] / placed.propensity;
}

RankingWorth estimate(std::span<const Drawn> drawn) {
  RankingWorth out;
  const auto n = static_cast<double>(drawn.size());
  double sum = 0, squares = 0, reward = 0;
  for (const auto& one : drawn) {
    sum += one.weight;
    squares += one.weight * one.weight;
    reward += one.weight * one.reward;
    out.logged += one.reward / n;
  }
  if (!(sum > 0)) return out;
  out.effective_sample = sum * sum / squares;
  const double mean_weight = sum / n;
  out.known = out.effective_sample >= learn::kLeastEffectiveSample &&
              mean_weight >= learn::kLeastMeanWeight && mean_weight <= learn::kMostMeanWeight;
  out.worth = reward / sum;
  double variance = 0;  // of the ratio, by the delta method
  for (const auto& one : drawn) {
    const double influence = one.weight * (one.reward - out.worth) / mean_weight;
    variance += influence * influence / n;
  }
  out.high = out.worth + 1.96 * std::sqrt(variance / n);
  return out;
}

}  // namespace

RankingWorth worth_of_ranking(std::span<const LoggedPage> pages,
                              const std::function<double(const LoggedPage&, std::size_t)>& value,
                              const rank::ValueWeights& weights) {
  std::vector<Drawn> drawn;
  for (const auto& page : pages)
    for (const auto& shown : page.shown)
      if (const auto weight = weight_of(page, shown.at, value))
        drawn.push_back({*weight, worth_of(shown.example.outcome, weights)});
  return estimate(drawn);
}

}  // namespace cliffhanger::recommendation
