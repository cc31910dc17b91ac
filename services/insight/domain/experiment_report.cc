#include "services/insight/domain/experiment_report.h"

#include <algorithm>
#include <cmath>

#include "libs/stats/bandit.h"
#include "libs/stats/ratio_mismatch.h"
#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

// Few people make a normal approximation wrong, and an experiment is not stopped for a coincidence of ten.
constexpr double kFewestToStop = 100;

bool more_is_worse(Metric metric) {
  return metric == Metric::kSkips;
}

// An arm in which everybody did the same, such as nothing because it is out of order, has no variance, and no
// effect could be told. Somebody who did as the control does gives it one.
stats::Arm with_variance(const stats::Arm& control, stats::Arm arm) {
  if (arm.people >= kFewestToStop && arm.covariance(stats::kValue, stats::kValue) <= 0)
    arm.add(control.mean(stats::kValue), control.mean(stats::kPer), control.mean(stats::kValueBefore),
            control.mean(stats::kPerBefore));
  return arm;
}

bool enough(const Report& report) {
  return std::all_of(report.split.people.begin(), report.split.people.end(),
                     [](double n) { return n >= kFewestToStop; });
}

}  // namespace

double mean_of(const stats::Arm& arm) {
  return arm.sum[stats::kPer] == 0 ? 0 : arm.sum[stats::kValue] / arm.sum[stats::kPer];
}

MetricResult compare(Metric metric, const std::vector<stats::Arm>& arms) {
  MetricResult out{.metric = metric, .arms = {}};
  for (const stats::Arm& arm : arms) {
    ArmResult one{.people = arm.people, .mean = mean_of(arm), .effect = {}};
    if (&arm != &arms.front()) {
      const stats::Arm tested = with_variance(arms.front(), arm);
      one.effect = stats::sequential_test(arms.front(), tested, stats::Difference::kRelative);
      stats::Arm plain_control = arms.front(), plain = tested;
      plain_control.adjusted = plain.adjusted = false;
      const auto without = stats::sequential_test(plain_control, plain, stats::Difference::kRelative);
      if (one.effect.known && without.known && one.effect.theta != 0)
        one.variance_cut = std::max(0.0, 1 - std::pow(one.effect.standard_error / without.standard_error, 2));
    }
    out.arms.push_back(one);
  }
  return out;
}

bool broken(const MetricResult& result, double tolerance) {
  return std::any_of(result.arms.begin(), result.arms.end(), [&](const ArmResult& arm) {
    if (!arm.effect.known) return false;
    return more_is_worse(result.metric) ? arm.effect.low > tolerance : arm.effect.high < -tolerance;
  });
}

std::vector<LeavingResult> compare_leaving(const std::vector<std::vector<stats::Subject>>& reached) {
  std::vector<LeavingResult> out;
  for (const auto& arm : reached) {
    LeavingResult one{.leaving = stats::leaving(arm, kLeavingWindow), .effect = {}};
    if (&arm != &reached.front()) {
      one.effect =
          stats::leaving_effect(out.front().leaving, one.leaving, stats::Difference::kRelative, true);
      one.log_rank_p = stats::log_rank(reached.front(), arm).p;
    }
    out.push_back(one);
  }
  return out;
}

Result<Report> report_of(Experiments& experiments, const Experiment& experiment, Time now) {
  Report out;
  CH_ASSIGN(out.split, experiments.split(experiment));
  out.split_p = stats::mismatch_p(out.split.people, out.split.expected);
  out.split_sequential_p = stats::sequential_mismatch_p(out.split.people, out.split.expected);
  for (const Metric metric : experiment.definition.metrics) {
    CH_ASSIGN(const auto arms, experiments.arms(experiment, metric));
    out.metrics.push_back(compare(metric, arms));
  }
  for (const Guardrail& guardrail : experiment.definition.guardrails) {
    CH_ASSIGN(const auto arms, experiments.arms(experiment, guardrail.metric));
    out.guardrails.push_back(compare(guardrail.metric, arms));
    out.guardrails.back().broken = broken(out.guardrails.back(), guardrail.tolerance);
  }
  if (!experiment.definition.episode.empty()) {
    CH_ASSIGN(const auto reached, experiments.reached(experiment, now));
    out.leaving = compare_leaving(reached);
  }
  return out;
}

std::optional<std::pair<std::string, std::string>> reason_to_stop(const Experiment& experiment,
                                                                  const Report& report) {
  if (!experiment.runs() || !experiment.definition.automatic_stop) return std::nullopt;
  if (report.split_sequential_p < stats::kMismatch)
    return std::pair{std::string("SAMPLE_RATIO_MISMATCH"),
                     std::string("People are not spread over the variations as they should be: something but "
                                 "chance decides who is counted.")};
  if (!enough(report)) return std::nullopt;
  for (const MetricResult& one : report.guardrails) {
    if (one.broken)
      return std::pair{std::string("GUARDRAIL_BROKEN"),
                       std::string("A variation is worse than the control by more than a guardrail allows.")};
  }
  return std::nullopt;
}

Result<void> look_after(Experiments& experiments, const Uuid& id, Time now) {
  CH_ASSIGN(auto experiment, experiments.find(id, true));
  if (!experiment || !experiment->runs()) return {};
  if (experiment->definition.automatic_stop) {
    CH_ASSIGN(const Report report, report_of(experiments, *experiment, now));
    if (const auto why = reason_to_stop(*experiment, report)) {
      CH_TRY(stop(*experiment, now, why->first, why->second, ""));
      return experiments.save(*experiment);
    }
  }
  if (!experiment->definition.bandit) return {};
  const Metric metric = experiment->definition.metrics.front();
  CH_ASSIGN(const auto arms, experiments.arms(*experiment, metric));
  const bool early = std::any_of(arms.begin(), arms.end(),
                                 [](const stats::Arm& arm) { return arm.people < stats::kBanditPatience; });
  if (early) return {};  // the weights stay those of the definition
  experiment->weights = stats::thompson_weights(arms, !more_is_worse(metric));
  return experiments.save(*experiment);
}

}  // namespace cliffhanger::insight
