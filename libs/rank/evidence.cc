#include "libs/rank/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cliffhanger::rank {
namespace {

constexpr double kMillion = 1e6;

std::int64_t square(std::int64_t millionths) {
  const double value = static_cast<double>(millionths) / kMillion;
  return std::llround(value * value * kMillion);
}

// log of B(a + s, b + n − s) / B(a, b): how likely s of n rewards are.
double log_likelihood(double a, double b, double shown, double value) {
  return std::lgamma(a + value) + std::lgamma(b + shown - value) - std::lgamma(a + b + shown) -
         std::lgamma(a) - std::lgamma(b) + std::lgamma(a + b);
}

}  // namespace

Evidence::Evidence(const EvidenceOptions& options)
    : options_(options), settled_(std::numeric_limits<std::int64_t>::min()) {
  options_.arms = std::max(options_.arms, 1);
  options_.bucket_seconds = std::max<std::int64_t>(options_.bucket_seconds, 1);
  options_.most_buckets = std::max<std::size_t>(options_.most_buckets, 2);
}

Evidence::Taken Evidence::take(const Reward& reward) {
  if (reward.event.empty() || reward.arm < 0 || reward.arm >= options_.arms ||
      !(reward.value >= 0 && reward.value <= 1))
    return Taken::kInvalid;
  const auto size = options_.bucket_seconds;
  const std::int64_t begins = (reward.at >= 0 ? reward.at / size : -((-reward.at + size - 1) / size)) * size;
  if (begins < settled_) return Taken::kTooLate;
  auto& bucket = buckets_[begins];
  bucket.arms.resize(static_cast<std::size_t>(options_.arms));
  auto& tally = bucket.arms[static_cast<std::size_t>(reward.arm)];
  const std::int64_t value = std::llround(reward.value * kMillion);
  const auto [known, added] = bucket.heard.try_emplace({reward.event, reward.arm}, value);
  if (!added && value <= known->second) return Taken::kKnown;
  const std::int64_t before = added ? 0 : known->second;
  known->second = value;
  tally.shown += added;
  tally.value += value - before;
  tally.squares += square(value) - square(before);
  return added ? Taken::kNew : Taken::kRaised;
}

void Evidence::settle(std::int64_t now) {
  const auto size = options_.bucket_seconds;
  settled_ = std::max(settled_, (now - options_.remember_seconds) / size * size);
  for (auto& [begins, bucket] : buckets_)
    if (begins < settled_) bucket.heard.clear();
  while (buckets_.size() > options_.most_buckets) {
    const auto oldest = buckets_.begin(), next = std::next(oldest);
    if (next->first >= settled_) return;
    for (std::size_t arm = 0; arm < next->second.arms.size(); ++arm) {
      auto& to = next->second.arms[arm];
      const auto& from = oldest->second.arms[arm];
      to = {to.shown + from.shown, to.value + from.value, to.squares + from.squares};
    }
    buckets_.erase(oldest);
  }
}

std::vector<Weighed> Evidence::weighed(std::int64_t now, double half_life) const {
  std::vector<Weighed> out(static_cast<std::size_t>(options_.arms));
  for (const auto& [begins, bucket] : buckets_) {
    const double age = std::max(0.0, static_cast<double>(now - begins));
    const double weight = half_life > 0 ? std::exp2(-age / half_life) : 1;
    for (std::size_t arm = 0; arm < out.size(); ++arm) {
      const auto& tally = bucket.arms[arm];
      out[arm].shown += weight * static_cast<double>(tally.shown);
      out[arm].value += weight * static_cast<double>(tally.value) / kMillion;
      out[arm].squares += weight * static_cast<double>(tally.squares) / kMillion;
    }
  }
  return out;
}

double Evidence::best_half_life(std::span<const double> half_lives, double prior_shown) const {
  double best = half_lives.empty() ? 0 : half_lives.front();
  double highest = -std::numeric_limits<double>::infinity();
  const auto all = weighed(0, 0);
  double shown = 0, value = 0;
  for (const auto& arm : all) shown += arm.shown, value += arm.value;
  const double mean = (value + 0.5) / (shown + 1);
  for (const double half_life : half_lives) {
    std::vector<Weighed> past(all.size());
    double sum = 0;
    std::int64_t before = 0;
    for (const auto& [begins, bucket] : buckets_) {
      const double fade = half_life > 0 ? std::exp2(-static_cast<double>(begins - before) / half_life) : 1;
      before = begins;
      for (std::size_t arm = 0; arm < past.size(); ++arm) {
        auto& known = past[arm];
        const auto& tally = bucket.arms[arm];
        known.shown *= fade, known.value *= fade;
        const double now_shown = static_cast<double>(tally.shown);
        const double now_value = static_cast<double>(tally.value) / kMillion;
        const double a = prior_shown * mean + known.value;
        const double b = prior_shown * (1 - mean) + std::max(0.0, known.shown - known.value);
        sum += log_likelihood(a, b, now_shown, now_value);
        known.shown += now_shown, known.value += now_value;
      }
    }
    // Worth following only if it foretells better by more than chance: three units of log-likelihood.
    if (sum > highest + (std::isinf(highest) ? 0 : 3)) highest = sum, best = half_life;
  }
  return best;
}

std::size_t Evidence::remembered() const {
  std::size_t out = 0;
  for (const auto& [begins, bucket] : buckets_) out += bucket.heard.size();
  return out;
}

}  // namespace cliffhanger::rank
