#pragma once
// What a viewer will make of an item: several outcomes from the same features, learnt from what happened.
//
// Each task is a logistic regression whose weights are Gaussians, learnt one event at a time (adPredictor:
// Graepel et al. 2010; here by the likelihood's curvature): a weight of which little is known moves far, one
// of which much is known hardly.
//
// Interest is one score behind several signs. Watching is a discrete hazard: given that the watch reaches
// level m among watches of like-long videos (WatchValue), does it reach the next? So a watch that something
// else than boredom ended teaches only what was seen of it. Likes and shares are rare and say much. All signs
// share their weights and differ in bias.
//
// Scores of what has been learnt from are surer than those of what has not. So a second step reads the scores
// (Readout), and learns only from predictions that were made before their outcome was known: how much a score
// is worth, what the item's length changes, and for the other tasks what interest says. The chances of ending
// at each level, times that level's seconds for the duration, make a first guess of the seconds.
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/rank/features.h"
#include "libs/rank/readout.h"
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

// Calibrated probabilities; seconds: how long it is expected to be watched until anything ends that. The
// interest that both are read from is corrected for duration and for what else than boredom ends a watch.
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
  int bits = 18;  // 2^bits places for features; 10 … 24
  // Variances of weights before anything is known: those of interest, of which each event says most; of
  // staying (who left after a few items left by chance, mostly); of the others.
  double interest_variance = 0.5;
  double stay_variance = 0.001;
  double variance = 0.1;
};

inline constexpr int kTasks = 6;  // complete, next, like, share, stay, interest

// What all features share: from their scores to what is predicted.
class Heads {
 public:
  static constexpr std::size_t kTasksAlone = kTasks - 1;  // those but interest
  Heads() { readout_[kTasksAlone] = Readout(Readout::Kind::kMean); }
  Prediction predict(const std::array<double, kTasks>& scores, double duration,
                     const WatchValue& values) const;
  // What came of a prediction by scores that knew nothing of it.
  void observe(const std::array<double, kTasks>& scores, const Outcome& outcome, const WatchValue& values);

  static constexpr std::size_t kSigns = kLevels - 1 + 2;  // of interest: levels 1, 2 …, a like, a share
  std::array<float, kTasksAlone + kSigns> bias{};         // five tasks, then signs of interest

 private:
  friend class RankingLearner;
  // A first guess of the seconds, from the chances to reach each level by the score itself.
  double seconds(double interest, double duration, const WatchValue& values) const;
  Readout::Inputs for_seconds(double interest, double duration, const WatchValue& values) const;
  std::array<Readout, kTasks> readout_;  // that of interest tells seconds
};

// Immutable, so safe from many threads: what a feed ranks with.
class RankingModel {
 public:
  // `duration`: seconds of the item.
  Prediction predict(const Features& features, double duration) const;

 private:
  friend class RankingLearner;
  std::uint64_t mask_ = 0;
  std::vector<float> weights_;  // place · kTasks + task
  Heads heads_;
  std::shared_ptr<const WatchValue> values_;
};

// Learns; not for several threads. The same events in the same order make the same learner, bit for bit, on
// machines with the same arithmetic.
class RankingLearner {
 public:
  // `values` is fitted on earlier watches. Options out of their bounds are brought within.
  RankingLearner(std::shared_ptr<const WatchValue> values, const RankingOptions& options);

  // Learns from an event that it has not seen, also how much to believe scores.
  void learn(const Example& example);
  // Learns from one of the times that an event is looked at, `share` of it; scores of it are believed less.
  void learn_again(const Example& example, double share);
  // From a log in order of time: everything but the last `held` share, `passes` times in the seed's orders,
  // then that share once, in order, which also tells how much to believe scores.
  void learn(std::span<const Example> log, int passes, double held, std::uint64_t seed);
  // A copy to predict with. `places · tasks` of work: not after each event.
  std::shared_ptr<const RankingModel> snapshot();
  std::int64_t events() const { return events_; }

  // Versioned bytes with a checksum: all that learning goes on from, with the watch values.
  std::string encode() const;
  // Fails with INVALID_ARGUMENT (BAD_MODEL) for anything that encode() didn't write.
  static Result<RankingLearner> decode(std::string_view bytes);

 private:
  // A Gaussian: its variance is one over what was known before and what was gained.
  struct Weight {
    float mean = 0, gained = 0;
  };
  double known_before(int task) const;
  // Of the features alone, without a bias.
  double score(const Features& features, int task) const;
  void step(const Features& features, int task, bool outcome, double share);
  void interest(const Features& features, const Outcome& outcome, double share);
  // From an outcome: the gradient of its log-likelihood and minus the second derivative, by the score.
  void update(const Features& features, int task, double gradient, double curvature);
  void update_bias(std::size_t head, double gradient, double curvature);
  std::array<double, kTasks> scores(const Features& features) const;

  std::shared_ptr<const WatchValue> values_;
  RankingOptions options_;
  std::uint64_t mask_ = 0;
  std::vector<Weight> weights_;  // place · kTasks + task
  decltype(Heads::bias) bias_gained_{};
  Heads heads_;
  std::int64_t events_ = 0;
};

}  // namespace cliffhanger::rank
