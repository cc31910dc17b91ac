#pragma once
// Experiments as messages, and back.
#include "cliffhanger/insight/v1/experiments.pb.h"
#include "services/insight/domain/experiment.h"
#include "services/insight/domain/experiment_report.h"

namespace cliffhanger::insight {

// Unchecked; `checked` does that. Fails with INVALID_EXPERIMENT for values that JSON can't hold.
Result<Definition> definition_of(const v1::ExperimentDefinition& in);
void put(const Experiment& experiment, v1::Experiment* out);
void put(const Experiment& experiment, const Report& report, Time time, v1::ExperimentReport* out);
void put(const Given& given, v1::ExperimentAssignment* out);

}  // namespace cliffhanger::insight
