#include "libs/stats/simulate.h"

#include <cmath>
#include <random>
#include <vector>

#include "libs/stats/cliffhanger.h"
#include "libs/stats/effect.h"
#include "libs/stats/ratio_mismatch.h"

namespace cliffhanger::stats {
namespace {

using Random = std::mt19937_64;

double share(Random& random) {
  return std::uniform_real_distribution<double>()(random);
}

// Mean and variance of what is added (Welford).
class Spread {
 public:
  void add(double x) {
    ++n_;
    const double before = x - mean_;
    mean_ += before / n_;
    squares_ += before * (x - mean_);
  }
  double mean() const { return mean_; }
  double variance() const { return n_ > 1 ? squares_ / (n_ - 1) : 0; }

 private:
  double n_ = 0, mean_ = 0, squares_ = 0;
};

struct Alarms {
  bool sequential = false, fixed = false, mismatch = false;
};

Alarms one_of_nothing(Random& random, int peeks, int people, bool proportion) {
  Arm arms[2];
  arms[0].proportion = arms[1].proportion = proportion;
  Alarms out;
  for (int peek = 0; peek < peeks; ++peek) {
    for (int i = 0; i < people; ++i) {
      const double value = proportion ? share(random) < 0.1 : -std::log1p(-share(random));
      arms[random() & 1].add(value);
    }
    const Effect effect = sequential_test(arms[0], arms[1], Difference::kRelative);
    out.sequential |= effect.known && effect.p < kAlpha;
    const Effect fixed = t_test(arms[0], arms[1], Difference::kRelative);
    out.fixed |= fixed.known && fixed.p < kAlpha;
    const double counts[] = {arms[0].people, arms[1].people}, weights[] = {1, 1};
    out.mismatch |= sequential_mismatch_p(counts, weights) < kMismatch;
  }
  return out;
}

std::vector<Reached> viewers_of(Random& random, double hazard, int viewers, double window) {
  std::vector<Reached> out;
  for (int i = 0; i < viewers; ++i) {
    const double followed = share(random) * 3 * window;
    // Who goes on does so soon, or the next evening.
    const double after = share(random) < 0.7 ? -600 * std::log1p(-share(random)) : share(random) * window;
    const bool goes_on = share(random) >= hazard && after <= followed;
    out.push_back({goes_on ? std::min(after, window) : followed, goes_on});
  }
  return out;
}

}  // namespace

FalseAlarms peek_at_nothing(int experiments, int peeks, int people, std::uint64_t seed) {
  FalseAlarms out{.experiments = experiments};
  Random random(seed);
  for (int i = 0; i < experiments; ++i) {
    const Alarms one = one_of_nothing(random, peeks, people, i % 2 == 0);
    out.sequential += one.sequential, out.fixed += one.fixed, out.mismatch += one.mismatch;
  }
  return out;
}

VarianceCut cuped_cut(double rho, int experiments, int people, std::uint64_t seed) {
  Random random(seed);
  std::normal_distribution<double> normal;
  Spread with, without, reported;
  for (int i = 0; i < experiments; ++i) {
    Arm plain[2], adjusted[2];
    for (int n = 0; n < 2 * people; ++n) {
      const double before = normal(random);
      const double value = 10 + rho * before + std::sqrt(1 - rho * rho) * normal(random);
      plain[n % 2].add(value);
      adjusted[n % 2].add(value, 1, 5 + before);
    }
    adjusted[0].adjusted = adjusted[1].adjusted = true;
    const Effect a = t_test(plain[0], plain[1], Difference::kAbsolute),
                 b = t_test(adjusted[0], adjusted[1], Difference::kAbsolute);
    without.add(a.estimate);
    with.add(b.estimate);
    reported.add(std::pow(b.standard_error / a.standard_error, 2));
  }
  return {rho * rho, 1 - reported.mean(), 1 - with.variance() / without.variance()};
}

Coverage cliffhanger_coverage(double control, double treatment, int viewers, int experiments,
                              std::uint64_t seed) {
  constexpr double kWindow = 72 * 3600;
  Random random(seed);
  Spread estimates, covered, censored;
  const double truth = treatment - control;
  for (int i = 0; i < experiments; ++i) {
    const Leaving a = leaving(viewers_of(random, control, viewers, kWindow), kWindow);
    const Leaving b = leaving(viewers_of(random, treatment, viewers, kWindow), kWindow);
    const Effect effect = leaving_effect(a, b, Difference::kAbsolute, false);
    estimates.add(effect.estimate);
    covered.add(effect.known && effect.low <= truth && truth <= effect.high);
    censored.add((a.censored + b.censored) / (a.reached + b.reached));
  }
  return {truth, estimates.mean(), covered.mean(), censored.mean()};
}

}  // namespace cliffhanger::stats
