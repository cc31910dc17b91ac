#pragma once
// What a viewer will make of an item: several outcomes from the same features, learnt from what happened.
//
// Each task is a logistic regression, fitted one event at a time by FTRL-proximal (McMahan et al. 2013), and
// calibrated on predictions that were made before their outcome was known. Watching is a discrete hazard:
// given that the watch reaches level m among watches of like-long videos (WatchValue), does it reach the
// next? So a watch that something else than boredom ended teaches only what was seen of it. All levels share
// their weights and differ in bias and calibration. The probabilities of ending at each level, times that
// level's seconds for the item's duration, make expected seconds. Each event says most about watching, so the
// other tasks have its score as a feature, beside weights of their own.
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/rank/calibration.h"
#include "libs/rank/features.h"
#include "libs/rank/watch_value.h"

namespace cliffhanger::rank {

// What is known of an event by now; nothing is learnt of what is not set.
struct Outcome {
  std::optional<bool> complete =
      {};                         // watched to the end; unset if something else than boredom ended the watch
  std::optional<bool> next = {};  // went on to the next episode (or the next item of the feed)
  std::optional<bool> like = {};
  std::optional<bool> share = {};
  std::optional<bool> stay = {};  // the session went on after it, with whatever
  std::optional<Watch> watch = {};
};

struct Example {
  Features features;
  Outcome outcome;
};

// Calibrated probabilities; seconds are what is expected, corrected for duration.
struct Prediction {
  double complete = 0, next = 0, like = 0, share = 0, stay = 0;
  double seconds = 0;
};

// What an outcome is worth, in seconds of watching.
struct ValueWeights {
  double second = 1;
  double complete = 5;
  double next = 30;
  double like = 20;
  double share = 60;
  double stay = 60;  // of outcomes alone: session_value() needs no guess of it
};

// The expected value of showing the item, in seconds of watching.
double expected_value(const Prediction& prediction, const ValueWeights& weights);

// What to rank by, if it is the session that shall be worth most: the expected value over the chance that the
// session ends with the item (kLeastLeaving at least). Of all orders of items this one has the greatest
// expected sum until somebody leaves: two neighbours with values r, s that the session outlasts with chance
// p, q bring r + p · s or s + q · r, and the first is more where r / (1 − p) is (Smith 1956, for jobs). So no
// guess is needed of what the rest of a session is worth. In seconds of watching: what a session of such
// items alone brings.
double session_value(const Prediction& prediction, const ValueWeights& weights);
inline constexpr double kLeastLeaving = 0.002;

struct RankingOptions {
  int bits = 18;                // 2^bits places for features; 10 … 24
  double alpha = 0.1;           // FTRL-proximal's α, β, λ₁, λ₂
  double watching_alpha = 0.5;  // α of the weights of watching, of which each event says most
  double stay_alpha = 0.02;     // and of staying: who left after a few items left by chance, mostly
  double beta = 1;
  double l1 = 0.1;
  double l2 = 1;
};

inline constexpr int kTasks = 6;                         // complete, next, like, share, stay, watching
inline constexpr int kHeads = kTasks - 1 + kLevels - 1;  // of probabilities: five tasks, then levels 1, 2 …

// Immutable, so safe from many threads: what a feed ranks with.
class RankingModel {
 public:
  // `duration`: seconds of the item.
  Prediction predict(const Features& features, double duration) const;

 private:
  friend class RankingLearner;
  std::uint64_t mask_ = 0;
  std::vector<float> weights_;  // place · kTasks + task
  std::array<float, kHeads> bias_{};
  std::array<float, kTasks - 1> slope_{};    // of the score of watching
  std::array<float, kTasks - 1> stretch_{};  // of the logarithm of the expected seconds
  std::array<Calibration, kHeads> calibration_;
  std::shared_ptr<const WatchValue> values_;
};

// Learns; not for several threads. The same events in the same order make the same learner, bit for bit, on
// machines with the same arithmetic.
class RankingLearner {
 public:
  // `values` is fitted on earlier watches. Options out of their bounds are brought within.
  RankingLearner(std::shared_ptr<const WatchValue> values, const RankingOptions& options);

  // Learns from one event. `observe`: whether its calibration may look at what was predicted before; false
  // for events that it has learnt from already.
  void learn(const Example& example, bool observe = true);
  // From a log in order of time: everything but the last `held` share, `passes` times in the seed's orders,
  // then that share once, in order, which also calibrates.
  void learn(std::span<const Example> log, int passes, double held, std::uint64_t seed);
  // A copy to predict with. `places · tasks` of work: not after each event.
  std::shared_ptr<const RankingModel> snapshot();
  std::int64_t events() const { return events_; }

  // Versioned bytes with a checksum: all that learning goes on from, with the watch values.
  std::string encode() const;
  // Fails with INVALID_ARGUMENT (BAD_MODEL) for anything that encode() didn't write.
  static Result<RankingLearner> decode(std::string_view bytes);

 private:
  struct State {
    float z = 0, n = 0;
  };
  float weight(const State& state, double alpha) const;
  float weight(const State& state) const { return weight(state, options_.alpha); }
  double alpha_of(int task) const;
  // What a watch says to the other tasks.
  struct Told {
    double watching = 0, length = 0;
  };
  // Of the features alone, without a bias.
  double score(const Features& features, int task) const;
  Told told(double watching, double duration) const;
  void step(const Features& features, int task, const Told& told, bool outcome, bool observe);
  void watch(const Features& features, double watching, const Watch& watch, bool observe);
  void update(State& state, double gradient, double alpha);
  void update(const Features& features, int task, double gradient);

  std::shared_ptr<const WatchValue> values_;
  RankingOptions options_;
  std::uint64_t mask_ = 0;
  std::vector<State> states_;  // place · kTasks + task
  std::array<State, kHeads> bias_{};
  std::array<State, kTasks - 1> slope_{}, stretch_{};
  std::array<Calibration, kHeads> calibration_;
  std::int64_t events_ = 0;
};

}  // namespace cliffhanger::rank
