#include "libs/learn/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/learn/blas.h"

namespace cliffhanger::learn {
namespace {

// Shares of the time limit: when tuning ends at the latest, and where what follows takes long, when the first
// trial of the first learner ends at the latest, what is kept for what can't be foretold.
constexpr double kTuningShare = 0.7, kLeastTuning = 0.45, kFirstShare = 0.35, kHeadroom = 0.05;
constexpr double kGrowth = 1.25;       // how much longer a fit on everything takes than one on a cut
constexpr double kWorth = 0.6;         // below this share of the best one's value a learner is tried but once
constexpr double kScoredPairs = 2e8;   // users × items that a validation scores at most
constexpr double kPairSeconds = 3e-9;  // CPU time of blending, for each user, item and model
constexpr double kCountedOperations = 3e12;  // of a fit, at most, where trials are counted and not timed
constexpr std::int64_t kFewInteractions = 200'000;  // up to which a choice looks at several random cuts
constexpr std::int64_t kMany = 500'000;             // interactions, from which on graph filters get most
constexpr int kCuts = 3;
constexpr Index kPlaces = 5000;       // last items that validate, about, where there are fewer users
constexpr int kMostPlaces = 5;        // of one of them
constexpr double kDense = 0.01;       // of all pairs: films, not shops
constexpr double kTail = 0.2;         // of each user's items, where the last ones validate
constexpr Index kLeastSample = 2000;  // users

// The learners by how likely each is the best for such data. Popularity comes first since it takes no time.
std::vector<std::string> promising(const Problem& problem) {
  if (problem.train.ordered && problem.cut == CutKind::kLast &&
      static_cast<double>(problem.train.size()) >=
          kDense * static_cast<double>(problem.train.users) * static_cast<double>(problem.train.items))
    return {"popularity", "transitions", "slist", "ials", "ease", "neighbours", "bspm", "gf-cf"};
  if (problem.train.ordered && problem.cut == CutKind::kLast)
    return {"popularity", "transitions", "slist", "neighbours", "bspm", "gf-cf", "ials", "ease"};
  if (problem.train.size() >= kMany)
    return {"popularity", "neighbours", "bspm", "ials", "gf-cf", "ease", "transitions", "slist"};
  return {"popularity", "ials", "ease", "neighbours", "bspm", "gf-cf", "transitions", "slist"};
}

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
      : problem_(problem),
        options_(options),
        progress_(progress),
        limit_(options.trials > 0 ? kForever : options.time_limit),
        budget_(limit_, options.trials > 0 ? 0 : options.cpu_limit),
        speed_(measured_speed()) {}

  Result<Report> run() {
    CH_TRY(choose());
    for (Index user = 0; user < problem_.test.users; ++user)
      out_.test_users += problem_.test.of(user).empty() ? 0 : 1;
    cut();
    if (out_.validation_users == 0)
      return fail(
          invalid("NOTHING_TO_CUT", "No user has enough interactions to hold some out for validation."));
    tune_all();
    blend();
    finish();
    out_.seconds = budget_.used();
    return std::move(out_);
  }

 private:
  static constexpr double kForever = 1e9;  // seconds
  static constexpr std::size_t kNone = -1;

  // What is known of a learner by its tuning.
  struct State {
    std::vector<std::shared_ptr<const Model>> models;  // one for each of cuts_
    std::shared_ptr<const Model> fitted;               // on everything
    double fit_seconds = 0, score_seconds = 0;         // of one cut; of one user
    double weight = 0;                                 // in the blend
    bool tested = false;
  };

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
      if (all && (*found)->wants_order() && !problem_.train.ordered) continue;
      chosen_.push_back(std::move(*found));
    }
    if (ours_ && chosen_.empty())
      for (auto& learner : all_learners())
        if (!learner->wants_order() || problem_.train.ordered) chosen_.push_back(std::move(learner));
    return {};
  }

  void cut() {
    const bool random = problem_.cut == CutKind::kRandom;
    // Of few users one item each is a lottery.
    const auto users = static_cast<Index>(with_items(problem_.train).size());
    const int places = std::clamp(kPlaces / std::max<Index>(users, 1), 1, kMostPlaces);
    const auto cut_like_test = [&](const History& from, int fold) {
      if (random) return cut_random(from, options_.validation_share, options_.seed, fold);
      return problem_.cut == CutKind::kLast ? cut_last(from, places) : cut_tail(from, kTail);
    };
    const int count = random && problem_.train.size() <= kFewInteractions ? kCuts : 1;
    if (problem_.given)
      cuts_.push_back(*problem_.given);
    else
      for (int i = 0; i < count; ++i) cuts_.push_back(cut_like_test(problem_.train, i));
    // Other folds, or what came before what the first held.
    if (ours_ && problem_.tails_judge)
      others_.push_back(cut_tail(problem_.train, kTail));
    else if (ours_)
      for (int i = 0; i < count; ++i)
        others_.push_back(cut_like_test(random ? problem_.train : cuts_.front().fit, count + i));
    for (auto& cut : others_) sample(cut);
    for (auto& cut : cuts_) {
      out_.validation_lists += sample(cut);
      Index before = -1;  // owners ascend
      for (const Index row : with_items(cut.held)) {
        const Index user = cut.owner_of(row);
        out_.validation_users += user != before;
        before = user;
      }
      tuning_.resources.push_back(resources());
    }
    tuning_.objective = options_.objective;
    tuning_.k = options_.k.front();
    tuning_.mask_seen = options_.mask_seen;
  }

  // Leaves what counts, and of many users as many as a validation can score. Returns how many there are.
  std::int64_t sample(Cut& cut) {
    if (options_.relevant)
      cut.held = filtered(cut.held, [&](auto at) { return options_.relevant(cut.held, at); });
    const auto users = with_items(cut.held);
    const auto most =
        std::max<Index>(kLeastSample, static_cast<Index>(kScoredPairs / std::max<Index>(cut.held.items, 1)));
    if (std::ssize(users) <= most) return std::ssize(users);
    std::vector<char> in(static_cast<std::size_t>(cut.held.users), 0);
    for (const Index i : sampled(static_cast<Index>(users.size()), most, options_.seed)) in[users[i]] = 1;
    std::vector<Index> owner;
    for (Index user = 0; user < cut.held.users; ++user)
      owner.insert(owner.end(), cut.held.of(user).size(), user);
    cut.held = filtered(cut.held, [&](auto at) { return in[owner[at]] != 0; });
    out_.validation_sampled = true;
    return most;
  }

  Resources resources() {
    return {options_.threads, options_.seed, [this] { return budget_.used() > deadline_; },
            std::make_shared<std::map<std::string, std::shared_ptr<const void>>>()};
  }

  void tune_all() {
    state_.resize(chosen_.size());
    out_.learners.resize(chosen_.size());
    std::vector<std::size_t> order;
    for (const auto& name : promising(problem_))
      for (std::size_t i = 0; i < chosen_.size(); ++i)
        if (chosen_[i]->name() == name) order.push_back(i);
    tuning_.most_trials = options_.trials;
    // The first but for popularity gets twice what the others get; of much data graph filters do, behind what
    // is quickly there whatever happens.
    const bool many = problem_.cut != CutKind::kLast && problem_.train.size() >= kMany;
    const std::size_t favourite = many ? 2 : 1;
    double parts = static_cast<double>(order.size()) + 1;
    for (std::size_t n = 0; n < order.size(); ++n) {
      const bool twice = n == favourite || order.size() == 1;
      const double end = tuning_end();
      tune_one(order[n], (end - budget_.used()) * (twice ? 2 : 1) / std::max(parts, 1.0), end,
               n <= favourite);
      parts -= twice ? 2 : 1;
    }
  }

  // When tuning has to end for the best so far to be fitted on everything and tested, and for all others too
  // if that leaves enough.
  double tuning_end() const {
    const auto best = ranked();
    double all = 0;
    for (const auto i : best) all += price(i) + blend_price(out_.test_users) + judging_price(i);
    const double roomy = std::max(kLeastTuning * limit_, (1 - 2 * kHeadroom) * limit_ - all);
    return std::min(
        {kTuningShare * limit_, roomy, (1 - kHeadroom) * limit_ - (best.empty() ? 0 : price(best.front()))});
  }
  double price(std::size_t i) const { return kGrowth * state_[i].fit_seconds + test_price(i); }
  double test_price(std::size_t i) const {
    return kGrowth * state_[i].score_seconds * static_cast<double>(out_.test_users);
  }

  // Of fits on the other cuts.
  double judging_price(std::size_t i) const {
    return static_cast<double>(others_.size()) * state_[i].fit_seconds;
  }

  // Of one model's scores within the blend.
  double blend_price(std::int64_t users) const {
    return budget_.price(
        kPairSeconds * static_cast<double>(users) * static_cast<double>(problem_.train.items),
        options_.threads);
  }

  // Those that have a model, the chosen one first, then the best on validation.
  std::vector<std::size_t> ranked() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < out_.learners.size(); ++i)
      if (out_.learners[i].trials > 0) out.push_back(i);
    std::stable_sort(out.begin(), out.end(), [&](auto a, auto b) {
      return std::pair(a == single_, out_.learners[a].validation) >
             std::pair(b == single_, out_.learners[b].validation);
    });
    return out;
  }

  // Why a fit is not even begun, or "".
  std::string hopeless(const Learner& learner, double seconds) const {
    const auto& data = cuts_.front().fit;
    const double operations = learner.operations(data, initial_parameters(learner.axes(data)));
    if (options_.trials > 0)
      return operations > kCountedOperations ? fmt::format("{:.0e} operations a fit", operations) : "";
    const double fits = static_cast<double>(cuts_.size() + others_.size()) + 1;  // and the one on everything
    const double needs = budget_.price(fits * operations / speed_, options_.threads);
    if (needs <= seconds) return "";
    return fmt::format("about {:.0f} s for its fits, and {:.0f} s left for it", needs,
                       std::max(seconds, 0.0));
  }

  // `first`: the first one that is any good; it gets what it needs if that can be.
  void tune_one(std::size_t i, double share, double end, bool first) {
    const Learner& learner = *chosen_[i];
    auto& report = out_.learners[i];
    report.name = learner.name();
    const double now = budget_.used();
    deadline_ = first ? std::max(end, kFirstShare * limit_) : std::min(end, now + 1.5 * share);
    if (deadline_ <= now) {
      report.skipped = "no time left: those before it took all that the time limit leaves for tuning";
      return;
    }
    report.skipped = hopeless(learner, deadline_ - now);
    if (!report.skipped.empty()) return;
    tuning_.memory_limit = options_.memory_limit - std::min(options_.memory_limit, memory_);
    double best = 0;
    for (const auto& other : out_.learners) best = std::max(best, other.validation);
    tuning_.worth = kWorth * best;
    auto tuned =
        tune(learner, cuts_, tuning_, budget_.part(share), [&](const auto& parameters, double value) {
          deadline_ = std::min(end, now + share);
          progress_(fmt::format("{:6.1f} s  {}: {} = {:.5f} with {}", budget_.used(), learner.name(),
                                tuning_.objective, value, text_of(parameters)));
        });
    report.skipped = tuned.models.empty() ? tuned.why : "";
    if (!tuned.models.empty())  // a model is about half of what its fit needs
      memory_ += learner.memory(cuts_.front().fit, tuned.parameters) / 2 * cuts_.size();
    report.parameters = tuned.parameters;
    report.validation = tuned.value;
    report.trials = tuned.models.empty() ? 0 : tuned.trials;
    report.complete = tuned.complete;
    report.tune_seconds = tuned.all_seconds;
    state_[i] = {std::move(tuned.models), nullptr, tuned.fit_seconds, tuned.score_seconds};
  }

  // Chooses between the best single learner and a blend of those that can still be fitted and tested.
  void blend() {
    const auto best = ranked();
    if (best.empty()) return;
    single_ = best.front();
    WeightOptions options{.objective = options_.objective,
                          .k = options_.k.front(),
                          .mask_seen = options_.mask_seen,
                          .threads = options_.threads};
    const double before = budget_.used();
    double later = 0;  // seconds, of what is left to do after this
    const auto in = affordable(best, options.users, later);
    Blended learnt;
    if (ours_ && in.size() > 1) {
      std::vector<BlendTask> tasks(cuts_.size());
      for (std::size_t c = 0; c < cuts_.size(); ++c) {
        tasks[c].cut = &cuts_[c];
        for (const auto i : in) tasks[c].models.push_back(state_[i].models[c]);
      }
      options.expired = [&] { return budget_.left() < later; };
      learnt = learn_weights(tasks, options);
    }
    for (auto& state : state_) state.models.clear();  // what the judges need takes as much memory
    tuning_.resources.clear();
    if (!learnt.weights.empty()) judge(in, learnt, options, limit_ - later);
    if (!choice_ || !choice_->blend) state_[single_].weight = 1;
    ours_seconds_ = budget_.used() - before;
  }

  // Those of `best` whose share in all that is to come there is time for, in the order of chosen_, which must
  // not hang on the validation's last digits. `later` becomes the seconds that everything after blending
  // takes.
  std::vector<std::size_t> affordable(const std::vector<std::size_t>& best, Index most_users,
                                      double& later) const {
    const auto pool = std::min<std::int64_t>(out_.validation_lists, most_users * std::ssize(cuts_));
    std::vector<std::size_t> in;
    later = kHeadroom * limit_;
    double here = kHeadroom * limit_;
    for (const auto i : best) {
      const double more = price(i) + blend_price(out_.test_users);
      const double pooled = state_[i].score_seconds * static_cast<double>(pool) + blend_price(pool);
      const double now = (others_.empty() ? 1 : 2) * pooled + judging_price(i);
      if (!in.empty() && budget_.left() < later + here + more + now) continue;
      later += more;
      here += now;
      in.push_back(i);
    }
    std::sort(in.begin(), in.end());
    return in;
  }

  // Fits those on the cuts that nothing was chosen on, and lets these decide; where time or memory don't
  // suffice the best on validation stays.
  void judge(const std::vector<std::size_t>& in, const Blended& learnt, const WeightOptions& options,
             double deadline) {
    deadline_ = deadline;
    std::vector<BlendTask> tasks;
    for (const auto& cut : others_) {
      tasks.push_back({{}, &cut});
      const auto with = resources();
      for (const auto i : in) {
        auto model = chosen_[i]->fit(cut.fit, out_.learners[i].parameters, with);
        if (!model) return;
        tasks.back().models.push_back(std::move(*model));
      }
    }
    choice_ = choose_from(learnt, tasks, options);
    single_ = in[choice_->single];
    blended_ = learnt.value;
    for (std::size_t m = 0; m < in.size() && choice_->blend; ++m) state_[in[m]].weight = learnt.weights[m];
    progress_(fmt::format("{:6.1f} s  ours: {} by {:+.5f} ± {:.5f} than {}, {}", budget_.used(),
                          options_.objective, choice_->gain, choice_->error, out_.learners[single_].name,
                          choice_->blend ? "taken" : "not taken"));
  }

  // The best and what the blend needs first, then all others as long as there is time.
  void finish() {
    final_ = resources();
    const auto best = ranked();
    test_together(best);
    for (const auto i : best) {
      auto& state = state_[i];
      if (state.tested || !out_.learners[i].skipped.empty()) continue;
      if (in_time(i, state.fitted ? test_price(i) : price(i)) && (state.fitted || fit_one(i))) test_one(i);
      state.fitted.reset();
    }
  }

  // Fits the best whatever the time, the blend's other parts while there is some, and tests them in one pass.
  void test_together(const std::vector<std::size_t>& best) {
    std::vector<std::size_t> in;
    std::vector<Part> parts;
    bool whole = true;  // whether the blend is the one that was chosen
    double needs = 0;
    for (const auto i : best) {
      const bool first = in.empty();
      if (!first && (!ours_ || state_[i].weight == 0)) continue;
      deadline_ = first ? kForever : limit_;
      if ((!first && !in_time(i, price(i) + blend_price(out_.test_users) + needs)) || !fit_one(i)) {
        whole = false;
        continue;
      }
      needs += test_price(i) + blend_price(out_.test_users);
      in.push_back(i);
      parts.push_back({std::move(state_[i].fitted), state_[i].weight});
    }
    deadline_ = limit_;
    const double before = budget_.used();
    Together together;
    if (!parts.empty())
      together = evaluate_together(parts, problem_.train, problem_.test,
                                   {options_.k, options_.mask_seen, options_.threads, true, final_.expired});
    const double each = (budget_.used() - before) / static_cast<double>(std::max<std::size_t>(in.size(), 1));
    for (std::size_t m = 0; m < in.size(); ++m) {
      auto& report = out_.learners[in[m]];
      report.test = std::move(together.alone[m]);
      report.test_seconds = each;
      if (!report.test.complete) report.skipped = "no time left for its test";
      state_[in[m]].tested = true;
      progress_(fmt::format("{:6.1f} s  {}: test done", budget_.used(), report.name));
    }
    together.blend.complete = together.blend.complete && whole;
    if (ours_) report_ours(in, std::move(together.blend), each);
  }

  bool in_time(std::size_t i, double needs) {
    if (budget_.left() >= needs + kHeadroom * limit_) return true;
    out_.learners[i].skipped = "no time left to fit it once more on everything and to test it";
    return false;
  }

  bool fit_one(std::size_t i) {
    auto& report = out_.learners[i];
    const double before = budget_.used();
    auto model = chosen_[i]->fit(problem_.train, report.parameters, final_);
    report.fit_seconds = budget_.used() - before;
    if (!model)
      report.skipped = model.error().message;
    else
      state_[i].fitted = std::move(*model);
    return model.has_value();
  }

  Ranking test(const Model& model) const {
    return evaluate(model, problem_.train, problem_.test,
                    {options_.k, options_.mask_seen, options_.threads, true, final_.expired});
  }

  void test_one(std::size_t i) {
    auto& report = out_.learners[i];
    const double before = budget_.used();
    report.test = test(*state_[i].fitted);
    report.test_seconds = budget_.used() - before;
    if (!report.test.complete) report.skipped = "no time left for its test";
    progress_(fmt::format("{:6.1f} s  {}: test done", budget_.used(), report.name));
  }

  // What was chosen: the blend of those, or the best alone; that too where time didn't suffice for the blend.
  void report_ours(const std::vector<std::size_t>& in, Ranking blend, double seconds) {
    LearnerReport report;
    report.name = "ours";
    report.tune_seconds = ours_seconds_;
    report.choice = choice_;
    if (in.empty()) {
      report.skipped = "nothing to blend";
    } else if (!choice_ || !choice_->blend || !blend.complete) {
      if (choice_) report.choice->blend = false;
      const auto& alone = out_.learners[in.front()];
      report.test = alone.test;
      report.validation = alone.validation;
      report.parameters = {{alone.name, 1}};
    } else {
      report.test = std::move(blend);
      report.validation = blended_;
      report.test_seconds = seconds;
      for (const auto i : in) report.parameters[out_.learners[i].name] = state_[i].weight;
    }
    out_.learners.push_back(std::move(report));
  }

  const Problem& problem_;
  const EvaluationOptions& options_;
  const std::function<void(const std::string&)>& progress_;
  double limit_;
  Budget budget_;
  double speed_;                // operations a second and thread
  double deadline_ = kForever;  // of what is under way, by the budget's clock
  std::vector<std::unique_ptr<Learner>> chosen_;
  bool ours_ = false;
  std::vector<Cut> cuts_;    // what is tuned and learnt on
  std::vector<Cut> others_;  // what choices are judged on: nothing is learnt there
  Tuning tuning_;
  std::size_t memory_ = 0;  // what the models kept for the blend take
  std::vector<State> state_;
  std::size_t single_ = kNone;  // the best learner alone, once it is chosen
  std::optional<Choice> choice_;
  double blended_ = 0;  // the blend's value on validation
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
