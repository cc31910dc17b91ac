#pragma once
// What an experiment is, how it lives, and who gets what of it.
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/core/result.h"
#include "libs/experiment/evaluate.h"

namespace cliffhanger::insight {

// The numbers of these are the contract's.
enum class Metric {
  kWatchTime = 1,
  kPlays,
  kCompletions,
  kSkips,
  kWatched,
  kCompletionRate,
  kWatchTimePerPlay,
  kLikes,
  kFollows,
  kComments,
  kReturned
};
enum class SubjectKind { kFeature = 1, kEnding, kPaywallPosition, kCover, kTitle, kRanking };
enum class ExperimentState { kDraft = 1, kRunning, kStopped };

struct Variation {
  std::string key, name;
  std::string value;  // JSON
  double weight = 0;
  Uuid film;  // the media revision that an ending plays; found when the experiment is defined
};
// From `first` to before `last` of everybody's place in the layer. Without a name: none.
struct Layer {
  std::string name;
  double first = 0, last = 0;
  bool operator==(const Layer&) const = default;
};
struct Holdout {
  std::string name;
  double share = 0;
  bool operator==(const Holdout&) const = default;
};
struct Guardrail {
  Metric metric = Metric::kWatchTime;
  double tolerance = 0;
};

struct Definition {
  std::string key, name, hypothesis;
  SubjectKind kind = SubjectKind::kFeature;
  Uuid episode, series;  // one of them, or none for features and rankings
  bool bandit = false;
  std::vector<Variation> variations;  // the first is the control
  std::string hash_attribute, fallback_attribute;
  double coverage = 1;
  std::string condition;  // JSON; empty: everybody
  Layer layer;
  Holdout holdout;
  std::vector<Metric> metrics;
  std::vector<Guardrail> guardrails;
  bool automatic_stop = false;
};

// The definition with its defaults, weights that sum to 1, and nothing in it that can't be evaluated. Fails
// with INVALID_EXPERIMENT, naming every field at fault.
Result<Definition> checked(Definition definition);
// What a text in a definition says as JSON, as deep as definitions may be; null if it is none.
experiment::Json parsed(const std::string& text);
// As text, and back. A text that is none of these fails with DEFINITION_DAMAGED.
std::string to_json(const Definition& definition);
Result<Definition> definition_of(const std::string& text);

struct Experiment {
  Uuid id;
  UserId owner;
  Definition definition;
  ExperimentState state = ExperimentState::kDraft;
  std::vector<double> weights;  // present ones
  Time created, started, stopped;
  std::string stop_code, stop_reason;
  std::string winner;  // the key of a variation

  bool runs() const { return state == ExperimentState::kRunning; }
};

// draft → running → stopped, and never back. What was done before changes nothing, and says false. Fail with
// EXPERIMENT_STOPPED; EXPERIMENT_NOT_STARTED and WINNER_UNKNOWN.
Result<bool> start(Experiment& experiment, Time now);
Result<bool> stop(Experiment& experiment, Time now, std::string code, std::string reason,
                  const std::string& winner);

// The definition as GrowthBook's SDKs read it, with present weights.
experiment::Object growthbook_of(const Experiment& experiment);

// What somebody gets.
struct Given {
  const Experiment* experiment = nullptr;
  std::string variation_key;
  int variation = 0;
  bool in_experiment = false;  // false: the winner of one that is over
};
// Of each experiment what who has these attributes gets; who gets nothing is left out. `sticky` is what they
// got before, and what they got now afterwards. Who had an ending keeps it when the experiment is over,
// whatever won: it is what they saw happen. The experiments outlive the answer.
std::vector<Given> give(const std::vector<Experiment>& experiments, const experiment::Object& attributes,
                        experiment::StickyDocuments& sticky);

}  // namespace cliffhanger::insight
