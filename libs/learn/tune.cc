#include "libs/learn/tune.h"

#include <algorithm>

namespace cliffhanger::learn {
namespace {

class Search {
 public:
  Search(const Learner& learner, const std::vector<Cut>& cuts, const Tuning& tuning, const Budget& budget,
         const std::function<void(const Parameters&, double)>& seen)
      : learner_(learner),
        cuts_(cuts),
        tuning_(tuning),
        budget_(budget),
        seen_(seen),
        axes_(learner.axes(cuts.front().fit)) {
    for (const auto& axis : axes_) place_.push_back(axis.initial);
  }

  Tuned run() {
    try_place(place_);
    if (!out_.models.empty() && out_.value < tuning_.worth) {
      out_.complete = false;
      return std::move(out_);
    }
    for (bool better = true; better && !out_.models.empty();) {
      better = false;
      for (std::size_t axis = 0; axis < axes_.size(); ++axis) better |= climb(axis);
    }
    return std::move(out_);
  }

 private:
  using Place = std::vector<std::size_t>;

  // Steps along an axis while that helps; whether it did.
  bool climb(std::size_t axis) {
    for (const int step : {1, -1}) {
      bool moved = false;
      for (;;) {
        auto next = place_;
        if (step < 0 && next[axis] == 0) break;
        next[axis] += static_cast<std::size_t>(step);
        if (next[axis] >= axes_[axis].values.size() || !try_place(next)) break;
        place_ = next;
        moved = true;
      }
      if (moved) return true;
    }
    return false;
  }

  // Whether these values are better than the best so far.
  bool try_place(const Place& place) {
    if (values_.contains(place)) return false;
    const bool enough = tuning_.most_trials > 0 && out_.trials >= tuning_.most_trials;
    // Another would take as long as the best did.
    if (out_.trials > 0 && (enough || budget_.left() < out_.seconds)) {
      out_.complete = false;
      return false;
    }
    values_[place] = 0;
    Parameters parameters;
    for (std::size_t i = 0; i < axes_.size(); ++i) parameters[axes_[i].name] = axes_[i].values[place[i]];
    const auto needs = learner_.memory(cuts_.front().fit, parameters) * cuts_.size();
    if (needs > tuning_.memory_limit) {
      if (out_.models.empty())
        out_.why = "needs " + std::to_string(needs >> 20) + " MiB, more than the limit leaves";
      return false;
    }
    const double before = budget_.used();
    std::vector<std::shared_ptr<const Model>> models;
    const auto value = measure(parameters, models);
    const double took = budget_.used() - before;
    out_.all_seconds += took;
    if (!value) {
      if (out_.models.empty()) out_.why = value.error().message;
      out_.complete = out_.complete && value.error().code != Code::kDeadlineExceeded;
      return false;
    }
    ++out_.trials;
    if (seen_) seen_(parameters, *value);
    if (models.size() < cuts_.size() || (!out_.models.empty() && *value <= out_.value)) return false;
    out_.models = std::move(models);
    out_.parameters = parameters;
    out_.value = *value;
    out_.seconds = took;
    out_.fit_seconds = fit_seconds_;
    out_.score_seconds = score_seconds_;
    return true;
  }

  // The mean of the objective over the cuts, or that on the first if it is too far behind to go on; then
  // `models` is short.
  Result<double> measure(const Parameters& parameters, std::vector<std::shared_ptr<const Model>>& models) {
    double sum = 0;
    fit_seconds_ = score_seconds_ = 0;
    for (std::size_t i = 0; i < cuts_.size(); ++i) {
      const double before = budget_.used();
      CH_ASSIGN(auto model, learner_.fit(cuts_[i].fit, parameters, tuning_.resources[i]));
      const double between = budget_.used();
      const auto& resources = tuning_.resources[i];
      const auto ranking =
          evaluate(*model, cuts_[i].histories(), cuts_[i].held,
                   {{tuning_.k}, tuning_.mask_seen, resources.threads, false, resources.expired});
      if (!ranking.complete)
        return fail({Code::kDeadlineExceeded, "TIME_IS_UP", "No time to score the validation.", {}, {}, {}});
      fit_seconds_ = std::max(fit_seconds_, between - before);
      score_seconds_ =
          std::max(score_seconds_, (budget_.used() - between) /
                                       static_cast<double>(std::max<std::int64_t>(ranking.users, 1)));
      const double value = figure(ranking.at.at(tuning_.k), tuning_.objective);
      if (i == 0 && value < kBehind * first_) return value;
      if (i == 0) last_first_ = value;
      sum += value;
      models.push_back(std::move(model));
    }
    const double mean = sum / static_cast<double>(cuts_.size());
    if (mean > out_.value) first_ = last_first_;
    return mean;
  }

  static constexpr double kBehind = 0.99;

  const Learner& learner_;
  const std::vector<Cut>& cuts_;
  const Tuning& tuning_;
  const Budget& budget_;
  const std::function<void(const Parameters&, double)>& seen_;
  std::vector<Axis> axes_;
  Place place_;
  std::map<Place, double> values_;
  double fit_seconds_ = 0, score_seconds_ = 0;  // of the present trial
  double first_ = 0, last_first_ = 0;           // the best one's value on the first cut; the present one's
  Tuned out_;
};

}  // namespace

Tuned tune(const Learner& learner, const std::vector<Cut>& cuts, const Tuning& tuning, const Budget& budget,
           const std::function<void(const Parameters&, double)>& seen) {
  return Search(learner, cuts, tuning, budget, seen).run();
}

}  // namespace cliffhanger::learn
