#include "libs/simulate/arms.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <utility>

#include "libs/rank/bandit.h"
#include "libs/rank/calibration.h"
#include "libs/rank/draw.h"

namespace cliffhanger::simulate {
namespace {

using rank::Draw;

constexpr std::int64_t kMinute = 60, kDay = 86'400;
constexpr double kHalfLives[] = {0, 7.0 * kDay, 2.0 * kDay, 0.5 * kDay};
constexpr int kRefresh = 20;                  // decisions between two looks at the evidence
constexpr int kChooseAgain = 500;             // decisions between two choices of a half-life
constexpr double kDelay = 300;                // decisions until a reward comes, on average
constexpr double kTwice = 0.1;                // of the rewards come again
constexpr double kMean = 0.1, kSpread = 0.6;  // of arms: median, and deviation of log-odds
constexpr double kReturn = 2880;  // decisions in which a drifting arm comes back to its middle (1 / rate)

// The arms' means at each decision, and what chance holds ready for each.
struct Run {
  std::vector<std::vector<double>> means;  // by decision
  std::vector<double> best;
  std::vector<double> luck, delay;  // by decision
  std::vector<char> twice;
};

Run make_run(const ArmsOptions& options, std::uint64_t seed) {
  Draw draw(seed);
  Run out;
  const double middle = rank::log_odds(kMean), stay = std::exp(-1 / kReturn),
               step = std::sqrt(1 - stay * stay);
  std::vector<double> odds(static_cast<std::size_t>(options.arms));
  for (auto& one : odds) one = kSpread * draw.normal();
  for (int t = 0; t < options.decisions; ++t) {
    std::vector<double> now;
    for (auto& one : odds) {
      if (options.drifting) one = stay * one + step * kSpread * draw.normal();
      now.push_back(rank::logistic(middle + one));
    }
    out.best.push_back(*std::max_element(now.begin(), now.end()));
    out.means.push_back(std::move(now));
    out.luck.push_back(draw.uniform());
    out.delay.push_back(draw.exponential(kDelay));
    out.twice.push_back(draw.chance(kTwice));
  }
  return out;
}

// A policy: asked for an arm at each decision, told of rewards when they come.
struct Policy {
  std::function<int(int decision)> decide;
  std::function<void(int decision, int arm, double reward)> hear;
};

double regret_of(const Run& run, const Policy& policy) {
  struct Coming {
    double at;
    int decision, arm;
    double reward;
    bool operator<(const Coming& other) const { return at > other.at; }
  };
  std::priority_queue<Coming> coming;
  double regret = 0;
  for (int t = 0; t < std::ssize(run.means); ++t) {
    const auto now = static_cast<std::size_t>(t);
    while (!coming.empty() && coming.top().at <= t) {
      policy.hear(coming.top().decision, coming.top().arm, coming.top().reward);
      coming.pop();
    }
    const int arm = policy.decide(t);
    const double mean = run.means[now][static_cast<std::size_t>(arm)];
    regret += run.best[now] - mean;
    const double reward = run.luck[now] < mean ? 1 : 0;
    coming.push({t + run.delay[now], t, arm, reward});
    if (run.twice[now]) coming.push({t + 2 * run.delay[now], t, arm, reward});
  }
  return regret;
}

enum class Kind { kThompson, kFree, kSquareCb };

double ours(const Run& run, Kind kind, int arms, std::uint64_t seed, double& least) {
  rank::Evidence evidence({.arms = arms, .bucket_seconds = 3600, .remember_seconds = 30 * kDay});
  Draw draw(seed);
  double half_life = 0;
  std::vector<double> p(static_cast<std::size_t>(arms), 1.0 / arms);
  const auto look = [&](int t) {
    const std::int64_t now = t * kMinute;
    if (t % kChooseAgain == 0) half_life = evidence.best_half_life(kHalfLives);
    const auto known = evidence.weighed(now, half_life);
    const auto prior = rank::pooled_prior(known);
    const auto posteriors = rank::beta_posteriors(known, prior.mean, prior.shown);
    if (kind == Kind::kSquareCb) {
      std::vector<double> means;
      for (const auto& one : posteriors) means.push_back(one.mean());
      p = rank::square_cb(means, std::sqrt(static_cast<double>(arms) * (t + 1)) / prior.mean);
    } else {
      p = rank::thompson(
          rank::sharpened(posteriors, half_life > 0 ? rank::kFadingSharpness : rank::kSharpness));
    }
    if (kind != Kind::kFree) p = rank::with_floor(std::move(p));
    least = std::min(least, *std::min_element(p.begin(), p.end()));
  };
  return regret_of(run, {[&](int t) {
                           if (t % kRefresh == 0) look(t);
                           return rank::choose(p, draw.uniform()).arm;
                         },
                         [&](int decision, int arm, double reward) {
                           evidence.take({std::to_string(decision), arm, reward, decision * kMinute});
                         }});
}

struct Greedy {
  double epsilon, half_after, step;
  bool floor;
};

// Hears each reward once: a peer has no worse a life than ours.
double greedy(const Run& run, const Greedy& how, int arms, std::uint64_t seed) {
  Draw draw(seed);
  const auto n = static_cast<std::size_t>(arms);
  std::vector<double> value(n, 0), count(n, 0);
  std::vector<char> heard(run.means.size(), 0);
  return regret_of(
      run, {[&](int t) {
              double epsilon = how.half_after > 0 ? how.epsilon / (1 + t / how.half_after) : how.epsilon;
              if (how.floor) epsilon = std::max(epsilon, rank::kLeastShare * arms);
              if (draw.chance(epsilon)) return static_cast<int>(draw.below(n));
              return static_cast<int>(std::max_element(value.begin(), value.end()) - value.begin());
            },
            [&](int decision, int arm, double reward) {
              if (std::exchange(heard[static_cast<std::size_t>(decision)], 1)) return;
              const auto i = static_cast<std::size_t>(arm);
              count[i] += 1;
              value[i] += (reward - value[i]) * std::max(1 / count[i], how.step);
            }});
}

Regret mean_of(const std::vector<double>& regrets) {
  Regret out;
  const double n = static_cast<double>(regrets.size());
  for (const double one : regrets) out.mean += one / n;
  double squares = 0;
  for (const double one : regrets) squares += (one - out.mean) * (one - out.mean);
  out.error = n > 1 ? std::sqrt(squares / (n - 1) / n) : 0;
  return out;
}

double floor_cost(const std::vector<Run>& runs) {
  double sum = 0;
  for (const auto& run : runs)
    for (std::size_t t = 0; t < run.means.size(); ++t)
      for (const double mean : run.means[t]) sum += rank::kLeastShare * (run.best[t] - mean);
  return sum / static_cast<double>(runs.size());
}

void tune_oracle(const std::vector<Run>& runs, const ArmsOptions& options, ArmsOutcome& out) {
  out.oracle.mean = out.oracle_with_floor.mean = out.constant.mean = 1e300;
  const std::vector<double> steps =
      options.drifting ? std::vector<double>{0, 0.003, 0.01, 0.03, 0.1} : std::vector<double>{0};
  for (const bool floor : {false, true})
    for (const double step : steps)
      for (const double epsilon : {0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0})
        for (const double half_after : {0.0, 30.0, 100.0, 300.0, 1000.0, 3000.0}) {
          std::vector<double> regrets;
          for (std::size_t i = 0; i < runs.size(); ++i)
            regrets.push_back(
                greedy(runs[i], {epsilon, half_after, step, floor}, options.arms, options.seed + i));
          const auto regret = mean_of(regrets);
          if (!floor && half_after == 0 && step == 0 && regret.mean < out.constant.mean)
            out.constant = regret;
          auto& best = floor ? out.oracle_with_floor : out.oracle;
          if (regret.mean >= best.mean) continue;
          best = regret;
          if (!floor) out.epsilon = epsilon, out.half_after = half_after, out.step = step;
        }
}

}  // namespace

ArmsOutcome simulate_arms(const ArmsOptions& options) {
  std::vector<Run> runs;
  for (int i = 0; i < options.runs; ++i)
    runs.push_back(make_run(options, options.seed * 104'729 + static_cast<std::uint64_t>(i)));
  ArmsOutcome out;
  std::vector<double> random, thompson, free, square_cb;
  double ignored = 1;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    random.push_back(greedy(runs[i], {1, 0, 0, false}, options.arms, options.seed + i));
    thompson.push_back(ours(runs[i], Kind::kThompson, options.arms, options.seed + i, out.least_propensity));
    free.push_back(ours(runs[i], Kind::kFree, options.arms, options.seed + i, ignored));
    square_cb.push_back(ours(runs[i], Kind::kSquareCb, options.arms, options.seed + i, ignored));
  }
  out.random = mean_of(random);
  out.thompson = mean_of(thompson);
  out.free = mean_of(free);
  out.floor_cost = floor_cost(runs);
  out.square_cb = mean_of(square_cb);
  tune_oracle(runs, options, out);
  return out;
}

}  // namespace cliffhanger::simulate
