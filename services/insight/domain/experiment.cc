#include "services/insight/domain/experiment.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "libs/experiment/condition.h"
#include "services/insight/domain/limits.h"
#include "services/insight/domain/overrides.h"
#include "services/insight/domain/targeting.h"

namespace cliffhanger::insight {
namespace {

namespace json = boost::json;
using experiment::Array;
using experiment::Json;
using experiment::Object;

constexpr int kHashVersion = 2;

class Check {
 public:
  void fault(std::string field, std::string message) {
    faults_.push_back({std::move(field), std::move(message)});
  }
  void want(bool holds, const char* field, const char* message) {
    if (!holds) fault(field, message);
  }
  bool sound() const { return faults_.empty(); }
  Result<Definition> done(Definition definition) {
    if (faults_.empty()) return definition;
    return fail(invalid("INVALID_EXPERIMENT", "The experiment can't be run like that.", std::move(faults_)));
  }

 private:
  std::vector<FieldFault> faults_;
};

void check_variations(Definition& d, Check& check) {
  check.want(d.variations.size() >= 2, "definition.variations", "needs a control and something else");
  std::set<std::string> keys;
  for (std::size_t i = 0; i < d.variations.size(); ++i) {
    const std::string field = "definition.variations[" + std::to_string(i) + "]";
    if (!keys.insert(d.variations[i].key).second) check.fault(field + ".key", "is there twice");
    if (d.variations[i].value.size() > kMostValueBytes) check.fault(field + ".value", "is longer than 4 kB");
  }
  double total = 0;
  for (const Variation& one : d.variations) total += one.weight;
  if (total == 0)
    for (Variation& one : d.variations) one.weight = 1.0 / static_cast<double>(d.variations.size());
  else
    check.want(std::fabs(total - 1) < 1e-6, "definition.variations", "have weights that don't sum to 1");
  const bool nobody =
      std::any_of(d.variations.begin(), d.variations.end(), [](const Variation& v) { return v.weight <= 0; });
  check.want(!nobody, "definition.variations", "has one that nobody would get");
}

void check_people(Definition& d, Check& check) {
  if (d.hash_attribute.empty()) d.hash_attribute = "id";
  check.want(d.coverage > 0 && d.coverage <= 1, "definition.coverage", "is above 0, up to 1");
  if (!d.layer.name.empty())
    check.want(d.layer.first >= 0 && d.layer.first < d.layer.last && d.layer.last <= 1, "definition.layer",
               "ends before it begins");
  if (!d.holdout.name.empty())
    check.want(d.holdout.share >= 0 && d.holdout.share < 1, "definition.holdout.share", "is everybody");
  if (d.condition.empty()) return;
  const Json condition = parsed(d.condition);
  if (d.condition.size() > kMostConditionBytes || !condition.is_object()) {
    check.fault("definition.condition", "is too long, too deep, or no object");
  } else if (const auto fault = experiment::fault_of(condition.get_object()); !fault.empty()) {
    check.fault("definition.condition", fault);
  }
}

}  // namespace

Json parsed(const std::string& text) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kMostDefinitionDepth;
  Json out = json::parse(text, error, {}, options);
  return error ? Json() : out;
}

Result<Definition> checked(Definition d) {
  Check check;
  check_variations(d, check);
  check_people(d, check);
  for (const FieldFault& fault : faults_of_overrides(d)) check.fault(fault.field, fault.message);
  if (check.sound()) {
    for (const FieldFault& fault : faults_of_targeting(d)) check.fault(fault.field, fault.message);
  }
  if (d.metrics.empty()) d.metrics.push_back(Metric::kWatchTime);
  check.want(std::set(d.metrics.begin(), d.metrics.end()).size() == d.metrics.size(), "definition.metrics",
             "has one twice");
  std::set<Metric> guarded;
  for (const Guardrail& one : d.guardrails) guarded.insert(one.metric);
  check.want(guarded.size() == d.guardrails.size(), "definition.guardrails", "has a metric twice");
  return check.done(std::move(d));
}

Result<bool> start(Experiment& experiment, Time now) {
  if (experiment.state == ExperimentState::kStopped)
    return fail(precondition("EXPERIMENT_STOPPED", "The experiment is over. Define another."));
  if (experiment.runs()) return false;
  experiment.state = ExperimentState::kRunning;
  experiment.started = now;
  experiment.weights.clear();
  for (const Variation& one : experiment.definition.variations) experiment.weights.push_back(one.weight);
  return true;
}

Result<bool> stop(Experiment& experiment, Time now, std::string code, std::string reason,
                  const std::string& winner) {
  if (experiment.state == ExperimentState::kDraft)
    return fail(precondition("EXPERIMENT_NOT_STARTED", "The experiment was never started."));
  const auto& variations = experiment.definition.variations;
  const bool known =
      std::any_of(variations.begin(), variations.end(), [&](const Variation& v) { return v.key == winner; });
  if (!winner.empty() && !known)
    return fail(invalid("WINNER_UNKNOWN", "No variation has this key.", {{"winnerKey", "is no variation"}}));
  const bool names = experiment.winner.empty() && !winner.empty();
  if (names) experiment.winner = winner;
  if (!experiment.runs()) return names;
  experiment.state = ExperimentState::kStopped;
  experiment.stopped = now;
  experiment.stop_code = std::move(code);
  experiment.stop_reason = std::move(reason);
  return true;
}

Object growthbook_of(const Experiment& e) {
  const Definition& d = e.definition;
  Array variations, meta, weights;
  for (const Variation& one : d.variations) {
    variations.push_back(parsed(one.value));
    Object about;
    about["key"] = one.key;
    about["name"] = one.name;
    meta.push_back(std::move(about));
  }
  for (const double weight : e.weights) weights.push_back(weight);
  Object out{{"key", d.key},
             {"hashVersion", kHashVersion},
             {"bucketVersion", 0},
             {"hashAttribute", d.hash_attribute},
             {"coverage", d.coverage},
             {"status", e.runs()                             ? "running"
                        : e.state == ExperimentState::kDraft ? "draft"
                                                             : "stopped"}};
  out["variations"] = std::move(variations);
  out["meta"] = std::move(meta);
  out["weights"] = std::move(weights);
  if (!d.fallback_attribute.empty()) out["fallbackAttribute"] = d.fallback_attribute;
  if (!d.condition.empty()) out["condition"] = parsed(d.condition);
  // GrowthBook looks at filters or at a namespace, not at both; a namespace is a filter of its own.
  Array filters;
  const auto filter = [&](const std::string& seed, double first, double last) {
    Object one{{"seed", seed}, {"hashVersion", kHashVersion}, {"attribute", d.hash_attribute}};
    Array range{first, last}, ranges;
    ranges.push_back(std::move(range));
    one["ranges"] = std::move(ranges);
    filters.push_back(std::move(one));
  };
  if (!d.layer.name.empty()) filter("layer/" + d.layer.name, d.layer.first, d.layer.last);
  if (!d.holdout.name.empty()) filter("holdout/" + d.holdout.name, d.holdout.share, 1);
  if (!filters.empty()) out["filters"] = std::move(filters);
  return out;
}

namespace {

// What somebody gets of an experiment that is over: the key of a variation, or "".
std::string left_of(const Experiment& one, const Object& attributes,
                    const experiment::StickyDocuments& sticky) {
  if (one.definition.kind == SubjectKind::kEnding) {
    const auto* value = experiment::member(attributes, one.definition.hash_attribute);
    const auto document = sticky.find(
        experiment::sticky_key(one.definition.hash_attribute, value ? experiment::text_of(*value) : ""));
    if (document != sticky.end()) {
      const auto had = document->second.assignments.find(experiment::assignment_key(one.definition.key, 0));
      if (had != document->second.assignments.end()) return had->second;
    }
  }
  if (one.winner.empty()) return "";
  const Json condition = one.definition.condition.empty() ? Json(Object()) : parsed(one.definition.condition);
  const bool for_them = condition.is_object() && experiment::matches(attributes, condition.get_object());
  return for_them ? one.winner : "";
}

}  // namespace

std::vector<Given> give(const std::vector<Experiment>& experiments, const Object& attributes,
                        experiment::StickyDocuments& sticky) {
  std::vector<Given> out;
  experiment::Context context;
  context.attributes = attributes;
  context.sticky = &sticky;
  for (const Experiment& one : experiments) {
    const auto& variations = one.definition.variations;
    if (one.runs()) {
      const auto got = experiment::run(growthbook_of(one), context);
      if (got.in_experiment) out.push_back({&one, got.key, got.variation, true});
    } else {
      const std::string left = left_of(one, attributes, sticky);
      const auto got = std::find_if(variations.begin(), variations.end(),
                                    [&](const Variation& v) { return v.key == left; });
      if (got != variations.end())
        out.push_back({&one, left, static_cast<int>(got - variations.begin()), false});
    }
  }
  return out;
}

}  // namespace cliffhanger::insight
