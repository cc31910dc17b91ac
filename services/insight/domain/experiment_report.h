#pragma once
// What came of an experiment.
#include <vector>

#include "libs/stats/cliffhanger.h"
#include "libs/stats/effect.h"
#include "services/insight/domain/experiments.h"

namespace cliffhanger::insight {

struct ArmResult {
  double people = 0, mean = 0;
  stats::Effect effect;     // against the control, sequential; unknown for the control itself
  double variance_cut = 0;  // by CUPED
};
struct MetricResult {
  Metric metric = Metric::kWatchTime;
  std::vector<ArmResult> arms;
  bool broken = false;  // of guardrails
};
struct LeavingResult {
  stats::Leaving leaving;
  stats::Effect effect;
  double log_rank_p = 1;
};
struct Report {
  Experiments::Split split;
  double split_p = 1, split_sequential_p = 1;
  std::vector<MetricResult> metrics, guardrails;
  std::vector<LeavingResult> leaving;
};

// The mean of the arm, adjusted for nothing.
double mean_of(const stats::Arm& arm);
MetricResult compare(Metric metric, const std::vector<stats::Arm>& arms);
// Whether some variation is surely worse than the control by more than the tolerance. More skips are worse;
// of everything else less is.
bool broken(const MetricResult& result, double tolerance);
std::vector<LeavingResult> compare_leaving(const std::vector<std::vector<stats::Subject>>& reached);

// All of it. `now`: until when viewers were followed.
Result<Report> report_of(Experiments& experiments, const Experiment& experiment, Time now);

// Why a running experiment has to be stopped by itself, if it has to: the code and the reason.
std::optional<std::pair<std::string, std::string>> reason_to_stop(const Experiment& experiment,
                                                                  const Report& report);

// Looks after a running experiment: stops it if it has to be, or else moves the weights of a bandit by what
// its first metric says. Again: changes little.
Result<void> look_after(Experiments& experiments, const Uuid& id, Time now);

}  // namespace cliffhanger::insight
