#include "libs/learn/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

namespace cliffhanger::learn {
namespace {

constexpr double kTuningShare = 0.6;  // of the time limit; the rest is for fitting once more and the test
constexpr double kBlendShare = 0.2;   // of the time limit, which must be left to look for weights
constexpr double kScoredPairs = 4e8;  // users × items that a validation scores at most
constexpr std::int64_t kFewInteractions = 200'000;  // up to which a choice looks at several random cuts
constexpr int kCuts = 3;
constexpr Index kLeastSample = 2000;  // users
constexpr double kOperations =
    1.5e10;  // floating-point operations a second and thread, to tell what is hopeless

std::string text_of(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters)
    out += fmt::format("{}{}={:.6g}", out.empty() ? "" : " ", name, value);
  return out;
}

class Run {
 public:
  Run(const Problem& problem, const EvaluationOptions& options,
      const std::function<void(const std::string&)>& progress)
      : problem_(problem), options_(options), progress_(progress), budget_(options.time_limit) {}

  Result<Report> run() {
    CH_TRY(choose());
    cut();
    if (out_.validation_users == 0)
      return fail(
          invalid("NOTHING_TO_CUT", "No user has enough interactions to hold some out for validation."));
    for (std::size_t i = 0; i < chosen_.size(); ++i) tune_one(*chosen_[i], chosen_.size() - i);
    blend();
    for (std::size_t i = 0; i < chosen_.size(); ++i) finish_one(*chosen_[i], i);
    if (ours_) finish_ours();
    out_.seconds = budget_.used();
    return std::move(out_);
  }

 private:
  Result<void> choose() {
    auto wanted = options_.learners;
    const bool all = wanted.empty();
    if (all) wanted = learner_names();
    for (const auto& name : wanted) {
      if (name == "ours") {
        ours_ = true;
        continue;
      }
      auto known = all_learners();
      const auto found =
          std::find_if(known.begin(), known.end(), [&](const auto& l) { return l->name() == name; });
      if (found == known.end())
        return fail(invalid("BAD_OPTION", fmt::format("There is no learner '{}': {}.", name,
                                                      fmt::join(learner_names(), ", "))));
      if (all && name == "transitions" && !problem_.train.ordered) continue;
      chosen_.push_back(std::move(*found));
    }
    if (ours_ && chosen_.empty())
      for (auto& learner : all_learners())
        if (learner->name() != "transitions" || problem_.train.ordered) chosen_.push_back(std::move(learner));
    return {};
  }

  void cut() {
    if (problem_.given) {
      cuts_.push_back(*problem_.given);
    } else if (problem_.cut == CutKind::kLast) {
      cuts_.push_back(cut_last(problem_.train));
    } else {
      const int count = problem_.train.size() <= kFewInteractions ? kCuts : 1;
      for (int i = 0; i < count; ++i)
        cuts_.push_back(
            cut_random(problem_.train, options_.validation_share, options_.seed + static_cast<unsigned>(i)));
    }
    for (auto& cut : cuts_) {
      if (options_.relevant)
        cut.held = filtered(cut.held, [&](auto at) { return options_.relevant(cut.held, at); });
      sample(cut);
      tuning_.resources.push_back(resources());
    }
    tuning_.objective = options_.objective;
    tuning_.k = options_.k.front();
    tuning_.mask_seen = options_.mask_seen;
  }

  // Bounds how much a validation has to score.
  void sample(Cut& cut) {
    std::vector<Index> users;
    for (Index user = 0; user < cut.held.users; ++user)
      if (!cut.held.of(user).empty()) users.push_back(user);
    const auto most =
        std::max<Index>(kLeastSample, static_cast<Index>(kScoredPairs / std::max<Index>(cut.held.items, 1)));
    out_.validation_users += std::min<std::int64_t>(std::ssize(users), most);
    if (std::ssize(users) <= most) return;
    std::vector<char> in(static_cast<std::size_t>(cut.held.users), 0);
    for (const Index i : sampled(static_cast<Index>(users.size()), most, options_.seed)) in[users[i]] = 1;
    std::vector<Index> owner;
    for (Index user = 0; user < cut.held.users; ++user)
      owner.insert(owner.end(), cut.held.of(user).size(), user);
    cut.held = filtered(cut.held, [&](auto at) { return in[owner[at]] != 0; });
    out_.validation_sampled = true;
  }

  Resources resources() {
    return {options_.threads, options_.seed, [this] { return budget_.over(); },
            std::make_shared<std::map<std::string, std::shared_ptr<const void>>>()};
  }

  void tune_one(const Learner& learner, std::size_t still) {
    LearnerReport report;
    report.name = learner.name();
    const double share = (kTuningShare * options_.time_limit - budget_.used()) / static_cast<double>(still);
    const double hopeless =
        learner.operations(cuts_.front().fit, initial_parameters(learner.axes(cuts_.front().fit))) /
        kOperations / std::max(1, options_.threads);
    Tuned tuned;
    const bool any = std::any_of(models_.begin(), models_.end(), [](const auto& m) { return !m.empty(); });
    if (share <= 0 && any) {
      report.skipped = "no time left: those before it took all that the time limit leaves for tuning";
    } else if (hopeless > share) {
      report.skipped =
          fmt::format("about {:.0f} s a fit, and {:.0f} s for it", hopeless, std::max(share, 0.0));
    } else {
      tuning_.memory_limit = options_.memory_limit - std::min(options_.memory_limit, memory_);
      const Budget budget(share);
      tuned = tune(learner, cuts_, tuning_, budget, [&](const Parameters& parameters, double value) {
        progress_(fmt::format("{:6.1f} s  {}: {} = {:.5f} with {}", budget_.used(), learner.name(),
                              tuning_.objective, value, text_of(parameters)));
      });
      report.skipped = tuned.models.empty() ? tuned.why : "";
      if (!tuned.models.empty())  // a model is about half of what its fit needs
        memory_ += learner.memory(cuts_.front().fit, tuned.parameters) / 2 * cuts_.size();
    }
    report.parameters = tuned.parameters;
    report.validation = tuned.value;
    report.trials = tuned.trials;
    report.complete = tuned.complete;
    report.tune_seconds = tuned.all_seconds;
    models_.push_back(std::move(tuned.models));
    out_.learners.push_back(std::move(report));
  }

  void blend() {
    if (!ours_) return;
    for (std::size_t i = 0; i < models_.size(); ++i)
      if (!models_[i].empty()) in_blend_.push_back(i);
    if (in_blend_.empty()) return;
    const double before = budget_.used();
    if (budget_.left() < kBlendShare * options_.time_limit) {  // the best alone, rather than nothing in time
      const auto best = std::max_element(in_blend_.begin(), in_blend_.end(), [&](auto a, auto b) {
        return out_.learners[a].validation < out_.learners[b].validation;
      });
      blended_ = {std::vector<double>(in_blend_.size(), 0), out_.learners[*best].validation};
      blended_.weights[static_cast<std::size_t>(best - in_blend_.begin())] = 1;
      models_.clear();
      return;
    }
    std::vector<BlendTask> tasks(cuts_.size());
    for (std::size_t c = 0; c < cuts_.size(); ++c) {
      tasks[c].cut = &cuts_[c];
      for (const auto i : in_blend_) tasks[c].models.push_back(models_[i][c]);
    }
    blended_ =
        learn_weights(tasks, {options_.objective, options_.k.front(), options_.mask_seen, options_.threads,
                              100, [&] { return budget_.left() < kBlendShare * options_.time_limit / 2; }});
    progress_(
        fmt::format("{:6.1f} s  ours: {} = {:.5f}", budget_.used(), options_.objective, blended_.value));
    ours_seconds_ = budget_.used() - before;
    models_.clear();
  }

  RankingOptions ranking() const { return {options_.k, options_.mask_seen, options_.threads, true}; }

  void finish_one(const Learner& learner, std::size_t i) {
    auto& report = out_.learners[i];
    fitted_.emplace_back();
    if (!report.skipped.empty()) return;
    const bool best = std::none_of(out_.learners.begin(), out_.learners.end(),
                                   [&](const auto& other) { return other.validation > report.validation; });
    if (!best && budget_.left() < report.tune_seconds / std::max(1, report.trials)) {
      report.skipped = "no time left to fit it once more on everything";
      return;
    }
    if (!final_.cache) final_ = resources();
    double before = budget_.used();
    const auto model = learner.fit(problem_.train, report.parameters, final_);
    report.fit_seconds = budget_.used() - before;
    if (!model) {
      report.skipped = model.error().message;
      return;
    }
    before = budget_.used();
    report.test = evaluate(**model, problem_.train, problem_.test, ranking());
    report.test_seconds = budget_.used() - before;
    progress_(fmt::format("{:6.1f} s  {}: test done", budget_.used(), report.name));
    if (ours_) fitted_.back() = *model;
  }

  void finish_ours() {
    LearnerReport report;
    report.name = "ours";
    report.validation = blended_.value;
    report.tune_seconds = ours_seconds_;
    std::vector<Part> parts;
    for (std::size_t m = 0; m < in_blend_.size(); ++m) {
      const auto i = in_blend_[m];
      if (!fitted_[i] || blended_.weights[m] == 0) continue;
      parts.push_back({fitted_[i], blended_.weights[m]});
      report.parameters[out_.learners[i].name] = blended_.weights[m];
    }
    if (parts.empty()) {
      report.skipped = "nothing to blend";
    } else {
      const double before = budget_.used();
      report.test = evaluate(Blend(std::move(parts)), problem_.train, problem_.test, ranking());
      report.test_seconds = budget_.used() - before;
    }
    out_.learners.push_back(std::move(report));
  }

  const Problem& problem_;
  const EvaluationOptions& options_;
  const std::function<void(const std::string&)>& progress_;
  Budget budget_;
  std::vector<std::unique_ptr<Learner>> chosen_;
  bool ours_ = false;
  std::vector<Cut> cuts_;
  Tuning tuning_;
  std::size_t memory_ = 0;                                         // what the models kept for the blend take
  std::vector<std::vector<std::shared_ptr<const Model>>> models_;  // of each learner, one for each cut
  std::vector<std::shared_ptr<const Model>> fitted_;
  std::vector<std::size_t> in_blend_;
  Blended blended_;
  double ours_seconds_ = 0;
  Resources final_;
  Report out_;
};

}  // namespace

std::vector<std::string> learner_names() {
  std::vector<std::string> out;
  for (const auto& learner : all_learners()) out.push_back(learner->name());
  out.push_back("ours");
  return out;
}

Result<Report> run_evaluation(const Problem& problem, const EvaluationOptions& options,
                              const std::function<void(const std::string&)>& progress) {
  return Run(problem, options, progress).run();
}

}  // namespace cliffhanger::learn
