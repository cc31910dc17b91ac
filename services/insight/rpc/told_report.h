#pragma once
#include "cliffhanger/insight/v1/experiments.pb.h"
#include "services/insight/domain/experiments.h"

namespace cliffhanger::insight {

// A report as the experiment's creator may be told it, whose conditions may make a part of an audience of it:
// what was told before until each variation has grown by 20 people (or by none), and not at all before each
// has so many. Leaving that fewer have come to is left out. Keeps what it tells; the experiment must be held.
Result<v1::ExperimentReport> told_report(Experiments& experiments, const Uuid& id,
                                         const v1::ExperimentReport& now);

}  // namespace cliffhanger::insight
