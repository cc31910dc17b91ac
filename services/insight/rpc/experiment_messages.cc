#include "services/insight/rpc/experiment_messages.h"

#include <google/protobuf/util/json_util.h>

#include "libs/stats/ratio_mismatch.h"

namespace cliffhanger::insight {
namespace {

Result<std::string> json_of(const google::protobuf::Message& message, const char* field) {
  std::string out;
  if (google::protobuf::util::MessageToJsonString(message, &out).ok()) return out;
  return fail(
      invalid("INVALID_EXPERIMENT", "The experiment can't be run like that.", {{field, "is no JSON"}}));
}

// What was stored came through json_of.
void put_json(const std::string& text, google::protobuf::Message* out) {
  (void)google::protobuf::util::JsonStringToMessage(text, out);
}

void put(const stats::Effect& effect, double variance_cut, v1::ExperimentEffect* out) {
  out->set_known(effect.known);
  if (!effect.known) return;
  out->set_lift(effect.estimate);
  out->set_low(effect.low);
  out->set_high(effect.high);
  out->set_p_value(effect.p);
  out->set_variance_cut(variance_cut);
}

void put(const Experiment& experiment, const MetricResult& result, v1::ExperimentMetricResult* out) {
  out->set_metric(static_cast<v1::ExperimentMetric>(result.metric));
  out->set_broken(result.broken);
  for (std::size_t i = 0; i < result.arms.size(); ++i) {
    const ArmResult& arm = result.arms[i];
    auto* one = out->add_arms();
    one->set_variation_key(experiment.definition.variations[i].key);
    one->set_people(static_cast<std::int64_t>(arm.people));
    one->set_mean(arm.mean);
    if (i > 0) put(arm.effect, arm.variance_cut, one->mutable_effect());
  }
}

void put(const LeavingResult& result, bool control, v1::ExperimentLeaving* out) {
  out->set_reached(static_cast<std::int64_t>(result.leaving.reached));
  out->set_went_on(static_cast<std::int64_t>(result.leaving.went_on));
  out->set_open(static_cast<std::int64_t>(result.leaving.censored));
  out->set_hazard(result.leaving.hazard);
  out->set_low(result.leaving.low);
  out->set_high(result.leaving.high);
  out->set_log_rank_p_value(result.log_rank_p);
  if (!control) put(result.effect, 0, out->mutable_effect());
}

}  // namespace

Result<Definition> definition_of(const v1::ExperimentDefinition& in) {
  Definition out;
  out.key = in.key();
  out.name = in.name();
  out.hypothesis = in.hypothesis();
  out.kind = static_cast<SubjectKind>(in.subject().kind());
  out.episode = Uuid::parse(in.subject().episode_id()).value_or(Uuid());
  out.series = Uuid::parse(in.subject().series_id()).value_or(Uuid());
  out.bandit = in.mode() == v1::EXPERIMENT_MODE_BANDIT;
  for (const auto& one : in.variations()) {
    CH_ASSIGN(std::string value, json_of(one.value(), "definition.variations"));
    out.variations.push_back(
        {one.key(), one.name(), one.has_value() ? std::move(value) : "null", one.weight(), Uuid()});
  }
  out.hash_attribute = in.hash_attribute();
  out.fallback_attribute = in.fallback_attribute();
  out.coverage = in.has_coverage() ? in.coverage() : 1;
  if (in.has_condition()) {
    CH_ASSIGN(out.condition, json_of(in.condition(), "definition.condition"));
  }
  if (in.has_layer()) out.layer = {in.layer().name(), in.layer().first(), in.layer().last()};
  if (in.has_holdout()) out.holdout = {in.holdout().name(), in.holdout().share()};
  for (const int metric : in.metrics()) out.metrics.push_back(static_cast<Metric>(metric));
  for (const auto& one : in.guardrails())
    out.guardrails.push_back({static_cast<Metric>(one.metric()), one.tolerance()});
  out.automatic_stop = in.automatic_stop();
  return out;
}

namespace {

void put(const Definition& d, v1::ExperimentDefinition* out) {
  out->set_key(d.key);
  out->set_name(d.name);
  out->set_hypothesis(d.hypothesis);
  out->mutable_subject()->set_kind(static_cast<v1::ExperimentSubjectKind>(d.kind));
  if (!d.episode.empty()) out->mutable_subject()->set_episode_id(d.episode.text());
  if (!d.series.empty()) out->mutable_subject()->set_series_id(d.series.text());
  out->set_mode(d.bandit ? v1::EXPERIMENT_MODE_BANDIT : v1::EXPERIMENT_MODE_TEST);
  for (const Variation& one : d.variations) {
    auto* variation = out->add_variations();
    variation->set_key(one.key);
    variation->set_name(one.name);
    variation->set_weight(one.weight);
    put_json(one.value, variation->mutable_value());
  }
  out->set_hash_attribute(d.hash_attribute);
  out->set_fallback_attribute(d.fallback_attribute);
  out->set_coverage(d.coverage);
  if (!d.condition.empty()) put_json(d.condition, out->mutable_condition());
  if (!d.layer.name.empty()) {
    out->mutable_layer()->set_name(d.layer.name);
    out->mutable_layer()->set_first(d.layer.first);
    out->mutable_layer()->set_last(d.layer.last);
  }
  if (!d.holdout.name.empty()) {
    out->mutable_holdout()->set_name(d.holdout.name);
    out->mutable_holdout()->set_share(d.holdout.share);
  }
  for (const Metric metric : d.metrics) out->add_metrics(static_cast<v1::ExperimentMetric>(metric));
  for (const Guardrail& one : d.guardrails) {
    auto* guardrail = out->add_guardrails();
    guardrail->set_metric(static_cast<v1::ExperimentMetric>(one.metric));
    guardrail->set_tolerance(one.tolerance);
  }
  out->set_automatic_stop(d.automatic_stop);
}

}  // namespace

void put(const Experiment& e, v1::Experiment* out) {
  out->set_id(e.id.text());
  out->set_owner_id(e.owner.text());
  put(e.definition, out->mutable_definition());
  out->set_state(static_cast<v1::ExperimentState>(e.state));
  for (const double weight : e.weights) out->add_weights(weight);
  set_time(out->mutable_create_time(), e.created);
  if (e.started != Time()) set_time(out->mutable_start_time(), e.started);
  if (e.stopped != Time()) set_time(out->mutable_stop_time(), e.stopped);
  out->set_stop_code(e.stop_code);
  out->set_stop_reason(e.stop_reason);
  out->set_winner_key(e.winner);
}

void put(const Experiment& e, const Report& report, Time time, v1::ExperimentReport* out) {
  set_time(out->mutable_time(), time);
  for (const double people : report.split.people) out->add_people(static_cast<std::int64_t>(people));
  out->set_split_p_value(report.split_p);
  out->set_split_sequential_p_value(report.split_sequential_p);
  out->set_mismatch(report.split_p < stats::kMismatch);
  for (const MetricResult& one : report.metrics) put(e, one, out->add_metrics());
  for (const MetricResult& one : report.guardrails) put(e, one, out->add_guardrails());
  for (std::size_t i = 0; i < report.leaving.size(); ++i) {
    auto* one = out->add_cliffhanger();
    one->set_variation_key(e.definition.variations[i].key);
    put(report.leaving[i], i == 0, one);
  }
}

void put(const Given& given, v1::ExperimentAssignment* out) {
  const Definition& d = given.experiment->definition;
  out->set_key(d.key);
  out->set_variation_key(given.variation_key);
  out->set_variation(given.variation);
  put_json(d.variations[static_cast<std::size_t>(given.variation)].value, out->mutable_value());
  out->set_in_experiment(given.in_experiment);
}

}  // namespace cliffhanger::insight
