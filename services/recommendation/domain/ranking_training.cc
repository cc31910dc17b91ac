#include "services/recommendation/domain/ranking_training.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libs/rank/calibration.h"
#include "libs/rank/draw.h"
#include "services/recommendation/domain/ranking_value.h"

namespace cliffhanger::recommendation {
namespace {

using Expired = std::function<bool()>;

constexpr std::size_t kLeastJudged = 400;  // outcomes of a task, for its calibration to be told from chance
constexpr double kCalibrated = 0.2;        // of what is learnt before the test, the last part: it calibrates
constexpr std::size_t kLookEvery = 1024;   // examples between two looks at `expired`

Error interrupted() {
  return aborted("TRAINING_INTERRUPTED", "The training was stopped.");
}
Error too_little() {
  return precondition("TOO_LITTLE_DATA",
                      "Too few series were shown, or too few of them played, to learn from.");
}

// All examples of some pages in order, seen through features of the caller's.
using FeaturesOf = std::function<rank::Features(const ShownSeries&)>;
std::vector<rank::Example> examples_of(std::span<const LoggedPage> pages, const FeaturesOf& features) {
  std::vector<rank::Example> out;
  for (const auto& page : pages)
    for (const auto& shown : page.shown) out.push_back({features(shown), shown.example.outcome});
  return out;
}

Result<void> learn(rank::RankingLearner& learner, const std::vector<rank::Example>& log,
                   const RankingTraining& options, const Expired& expired) {
  const auto first = static_cast<std::size_t>(static_cast<double>(log.size()) * (1 - kCalibrated));
  std::vector<std::size_t> order(first);
  std::iota(order.begin(), order.end(), std::size_t{0});
  rank::Draw draw(options.seed);
  for (int pass = 0; pass < options.passes; ++pass) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw.below(i)]);
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i % kLookEvery == 0 && expired()) return fail(interrupted());
      learner.learn_again(log[order[i]], 1.0 / options.passes);
    }
  }
  for (std::size_t i = first; i < log.size(); ++i) learner.learn(log[i]);
  return {};
}

// What a model says of the tested pages, each once.
struct Predicted {
  std::vector<rank::Prediction> all;
  std::vector<double> worth;
};

Predicted predict(const rank::RankingModel& model, const std::vector<rank::Example>& examples,
                  const rank::ValueWeights& weights) {
  Predicted out;
  for (const auto& example : examples) {
    out.all.push_back(model.predict(example.features, example.outcome.watch->duration));
    out.worth.push_back(rank::session_value(out.all.back(), weights));
  }
  return out;
}

// Whether the viewer saw the end or went on; unset: nobody knows.
std::optional<bool> success(const rank::Outcome& outcome) {
  if (outcome.next.value_or(false)) return true;
  return outcome.complete;
}

// A shown series with what became of it.
struct Scored {
  std::uint32_t place;
  double score;
  bool success;
};

// How often the success of two series that were shown at the same place, on whichever pages, has the higher
// score, ties half (Mann & Whitney); ½ where all ended alike. So that what is looked at more often further up
// makes no difference.
double auc(std::vector<Scored> all) {
  std::sort(all.begin(), all.end(), [](const Scored& a, const Scored& b) {
    return std::tie(a.place, a.score) < std::tie(b.place, b.score);
  });
  double won = 0, pairs = 0;
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    double below = 0, successes = 0;  // failures with a lower score
    while (last < all.size() && all[last].place == all[first].place) {
      const std::size_t from = last;
      double good = 0;
      for (; last < all.size() && all[last].place == all[from].place && all[last].score == all[from].score;
           ++last)
        good += all[last].success;
      const double bad = static_cast<double>(last - from) - good;
      won += good * (below + bad / 2);
      below += bad;
      successes += good;
    }
    pairs += successes * below;
    first = last;
  }
  return pairs > 0 ? won / pairs : 0.5;
}

struct Task {
  double rank::Prediction::* predicted;
  std::optional<bool> rank::Outcome::* outcome;
};
constexpr Task kTasks[] = {{&rank::Prediction::complete, &rank::Outcome::complete},
                           {&rank::Prediction::next, &rank::Outcome::next},
                           {&rank::Prediction::like, &rank::Outcome::like},
                           {&rank::Prediction::share, &rank::Outcome::share},
                           {&rank::Prediction::stay, &rank::Outcome::stay}};

double calibration_error(const Predicted& predicted, const std::vector<rank::Example>& examples) {
  double most = 0;
  for (const auto& task : kTasks) {
    std::vector<double> p;
    std::vector<char> outcomes;
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const auto outcome = examples[i].outcome.*task.outcome;
      if (!outcome) continue;
      p.push_back(predicted.all[i].*task.predicted);
      outcomes.push_back(*outcome);
    }
    // Of few outcomes many bins would measure chance, and of very few even one: the mean of a hundred is off
    // by as much as is allowed once in three times.
    if (outcomes.size() < kLeastJudged) continue;
    const int bins = std::clamp(static_cast<int>(outcomes.size()) / 200, 1, 15);
    most = std::max(most, rank::calibration_error(p, outcomes, bins));
  }
  return most;
}

double log_loss(const Predicted& predicted, const std::vector<rank::Example>& examples) {
  double sum = 0, count = 0;
  for (const auto& task : std::span(kTasks).first(2))
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const auto outcome = examples[i].outcome.*task.outcome;
      if (!outcome) continue;
      const double p = std::clamp(predicted.all[i].*task.predicted, 1e-6, 1 - 1e-6);
      sum -= std::log(*outcome ? p : 1 - p);
      ++count;
    }
  return count > 0 ? sum / count : 0;
}

class Training {
 public:
  Training(std::vector<LoggedPage> pages, const TraitsBySeries& traits, const Durations& durations,
           const RankingTraining& options, const Expired& expired)
      : pages_(std::move(pages)),
        traits_(traits),
        durations_(durations),
        options_(options),
        expired_(expired) {
    const auto tested = static_cast<std::size_t>(static_cast<double>(pages_.size()) * options.tested);
    learnt_ = std::span(pages_).first(pages_.size() - tested);
    tested_ = std::span(pages_).last(tested);
  }

  Result<TrainedRanking> run() {
    count();
    if (quality_.shown < static_cast<std::int64_t>(options_.least_shown) ||
        quality_.taken < static_cast<std::int64_t>(options_.least_taken) || tested_.empty())
      return fail(too_little());
    CH_ASSIGN(const auto values, watch_values());
    const FeaturesOf all = [](const ShownSeries& shown) { return shown.example.features; };
    const FeaturesOf hand = [](const ShownSeries& shown) { return hand_features(shown.input, shown.place); };
    CH_ASSIGN(auto by_hand, taught(values, hand));
    CH_ASSIGN(auto learner, taught(values, all));
    const auto test = examples_of(tested_, all);
    const auto model = learner.snapshot();
    compare(*model, test, *by_hand.snapshot(), examples_of(tested_, hand));
    weigh(*model);
    // The one that is used has learnt from the tested pages too, as it will from those that follow.
    for (const auto& example : test) learner.learn(example);
    TrainedRanking out;
    out.file.typical = typical_;
    out.file.upto = pages_.back().decision.id;
    out.file.learner = learner.encode();
    out.quality = quality_;
    return out;
  }

 private:
  void count() {
    for (const auto& page : pages_) {
      quality_.shown += std::ssize(page.shown);
      for (const auto& shown : page.shown) quality_.taken += shown.taken;
    }
    for (const auto& page : tested_) quality_.tested += std::ssize(page.shown);
  }

  // Of what was played: not being played is a watch of no time, below all of them.
  Result<std::shared_ptr<const rank::WatchValue>> watch_values() const {
    std::vector<rank::Watch> watches;
    for (const auto& page : learnt_)
      for (const auto& shown : page.shown)
        if (shown.taken) watches.push_back(*shown.example.outcome.watch);
    auto fitted = rank::WatchValue::fit(watches);
    if (!fitted) return fail(too_little());
    return std::make_shared<const rank::WatchValue>(std::move(*fitted));
  }

  Result<rank::RankingLearner> taught(const std::shared_ptr<const rank::WatchValue>& values,
                                      const FeaturesOf& features) const {
    rank::RankingLearner out(values, options_.learner);
    CH_TRY(learn(out, examples_of(learnt_, features), options_, expired_));
    return out;
  }

  void compare(const rank::RankingModel& model, const std::vector<rank::Example>& test,
               const rank::RankingModel& by_hand, const std::vector<rank::Example>& hand_test) {
    const auto ours = predict(model, test, options_.weights);
    const auto theirs = predict(by_hand, hand_test, options_.weights);
    std::vector<Scored> scored, scored_by_hand;
    std::size_t i = 0;
    for (const auto& page : tested_)
      for (const auto& shown : page.shown) {
        const double worth = ours.worth[i++];
        const auto ended = success(shown.example.outcome);
        if (!ended) continue;
        scored.push_back({shown.place, worth, *ended});
        scored_by_hand.push_back({shown.place, rank_odds(parts_of(shown.input), Weights()), *ended});
      }
    quality_.auc = auc(std::move(scored));
    quality_.hand_auc = auc(std::move(scored_by_hand));
    quality_.log_loss = log_loss(ours, test);
    quality_.hand_log_loss = log_loss(theirs, hand_test);
    quality_.calibration_error = calibration_error(ours, test);
    const double sum = std::accumulate(ours.worth.begin(), ours.worth.end(), 0.0);
    typical_ = std::max(1e-3, sum / static_cast<double>(std::max<std::size_t>(1, ours.worth.size())));
  }

  void weigh(const rank::RankingModel& model) {
    const auto value = [&](const LoggedPage& page, std::size_t item) {
      static const Traits none;
      const SeriesId series = page.decision.pool.items[item].id;
      const auto found = traits_.find(series);
      const Traits& trait = found == traits_.end() ? none : found->second;
      const auto features = features_of(page.decision.inputs[item], series, trait.creator, trait.tags, 0);
      const double worth =
          rank::session_value(model.predict(features, durations_.of(series)), options_.weights);
      return worth / (worth + typical_);
    };
    const auto worth = worth_of_ranking(tested_, value, options_.weights);
    quality_.effective_sample = worth.effective_sample;
    if (!worth.known) return;
    quality_.worth = worth.worth;
    quality_.worth_high = worth.high;
    quality_.logged_worth = worth.logged;
  }

  const std::vector<LoggedPage> pages_;
  const TraitsBySeries& traits_;
  const Durations& durations_;
  const RankingTraining& options_;
  const Expired& expired_;
  std::span<const LoggedPage> learnt_, tested_;
  RankingQuality quality_;
  double typical_ = 1;
};

}  // namespace

Result<TrainedRanking> train_ranking(std::vector<LoggedPage> pages, const TraitsBySeries& traits,
                                     const Durations& durations, const RankingTraining& options,
                                     const std::function<bool()>& expired, Time now) {
  std::erase_if(pages, [](const LoggedPage& page) { return page.shown.empty(); });
  for (auto& page : pages) set_durations(page, durations);
  CH_ASSIGN(auto out, Training(std::move(pages), traits, durations, options, expired).run());
  out.file.trained = now;
  out.file.durations = durations.means();
  out.file.usual_duration = durations.usual();
  return out;
}

Result<void> check_ranking(const RankingQuality& quality) {
  if (quality.calibration_error > kMostCalibrationError)
    return fail(precondition("NOT_CALIBRATED", "Its probabilities are not those of what happened."));
  if (quality.auc < quality.hand_auc || quality.log_loss > quality.hand_log_loss)
    return fail(precondition("WORSE_THAN_HAND", "The weights set by hand foretell better what viewers do."));
  if (quality.worth_high > 0 && quality.worth_high < quality.logged_worth)
    return fail(precondition("WORSE_THAN_HAND", "Viewers would watch less than with what ranked until now."));
  return {};
}

}  // namespace cliffhanger::recommendation
