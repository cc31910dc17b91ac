#include "libs/rank/calibration.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::rank {
namespace {

constexpr double kReach = 8;       // log-odds that bins cover on both sides
constexpr double kFade = 200'000;  // observations, after which the older ones count half
constexpr double kMadeUp = 5;      // observations of each bin that agree with its score

int bin_of(double odds) {
  const double place = (odds + kReach) / (2 * kReach) * Calibration::kBins;
  return std::clamp(static_cast<int>(place), 0, Calibration::kBins - 1);
}

}  // namespace

double log_odds(double probability) {
  const double p = std::clamp(probability, 1e-6, 1 - 1e-6);
  return std::log(p / (1 - p));
}

double logistic(double log_odds) {
  return 1 / (1 + std::exp(-log_odds));
}

void Calibration::observe(double probability, bool outcome) {
  if (!(probability >= 0 && probability <= 1)) return;
  auto& bin = bins_[static_cast<std::size_t>(bin_of(log_odds(probability)))];
  bin.seen += 1;
  bin.sum += probability;
  bin.outcomes += outcome;
  if ((seen_ += 1) < 2 * kFade) return;
  for (auto& old : bins_) old = {old.seen / 2, old.sum / 2, old.outcomes / 2};
  seen_ /= 2;
}

void Calibration::fit() {
  struct Block {
    double weight, sum, odds;  // sum of outcomes; odds: weight times where it is
  };
  std::vector<Block> blocks;
  for (int i = 0; i < kBins; ++i) {
    const auto& bin = bins_[static_cast<std::size_t>(i)];
    if (bin.seen <= 0) continue;
    const double mean = bin.sum / bin.seen, weight = bin.seen + kMadeUp;
    blocks.push_back({weight, bin.outcomes + kMadeUp * mean, weight * log_odds(mean)});
    while (blocks.size() > 1) {
      const auto &last = blocks.back(), &before = blocks[blocks.size() - 2];
      if (before.sum / before.weight < last.sum / last.weight) break;
      const Block both{before.weight + last.weight, before.sum + last.sum, before.odds + last.odds};
      blocks.pop_back();
      blocks.back() = both;
    }
  }
  from_.clear();
  to_.clear();
  for (const auto& block : blocks) {
    from_.push_back(block.odds / block.weight);
    to_.push_back(std::clamp(block.sum / block.weight, 1e-6, 1 - 1e-6));
  }
}

double Calibration::apply(double probability) const {
  const double odds = log_odds(std::isnan(probability) ? 0.5 : probability);
  if (from_.empty()) return logistic(odds);
  const auto above = std::lower_bound(from_.begin(), from_.end(), odds) - from_.begin();
  if (above == 0 || above == std::ssize(from_)) {
    // Beyond what was seen: as far from its end as the score is.
    const auto end = static_cast<std::size_t>(above == 0 ? 0 : above - 1);
    return logistic(std::clamp(log_odds(to_[end]) + odds - from_[end], -13.8, 13.8));
  }
  const double share = (odds - from_[above - 1]) / (from_[above] - from_[above - 1]);
  return (1 - share) * to_[above - 1] + share * to_[above];
}

void Calibration::encode(Writer& out) const {
  for (const auto& bin : bins_) {
    out.f64(bin.seen);
    out.f64(bin.sum);
    out.f64(bin.outcomes);
  }
  out.f64(seen_);
}

bool Calibration::decode(Reader& in) {
  for (auto& bin : bins_) {
    bin = {in.f64(), in.f64(), in.f64()};
    if (bin.seen < 0 || bin.sum < 0 || bin.sum > bin.seen + 1e-6 || bin.outcomes < 0 ||
        bin.outcomes > bin.seen + 1e-6)
      return false;
  }
  seen_ = in.f64();
  if (!in.ok() || seen_ < 0) return false;
  fit();
  return true;
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
