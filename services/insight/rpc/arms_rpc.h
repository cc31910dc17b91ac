#pragma once
#include "services/insight/rpc/exposures.h"

namespace cliffhanger::insight {

// Whether a person may be in experiments that the house applies.
using MayExperiment = std::function<Result<bool>(sql::Tx&, const Tenant&, const UserId&)>;

// All outlive the service.
struct ArmsDeps {
  sql::Pool& pool;
  OpenExperiments experiments;
  MayExperiment may_experiment;
  Exposures::List list;
  const Clock& clock;
};

// cliffhanger.insight.v1.ArmsService.
rpc::Service arms_service(ArmsDeps deps);

}  // namespace cliffhanger::insight
