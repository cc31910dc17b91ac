#pragma once
#include "services/insight/domain/experiments.h"
#include "services/insight/rpc/insight_rpc.h"

namespace cliffhanger::insight {

// The store of one transaction, for the tenant of a call.
using OpenExperiments = std::function<std::unique_ptr<Experiments>(sql::Tx&, const Tenant&)>;

// Whether what a definition names is there, and the caller's to use; gives it with the films of endings.
// Asked outside of any transaction.
using CheckOverrides = std::function<Result<Definition>(const Call&, Definition)>;

// All outlive the service.
struct ExperimentsDeps {
  sql::Pool& pool;
  OpenExperiments experiments;
  OpenViewings viewings;  // whose episodes are whose
  const Clock& clock;
  Random& random;
  OpenConsents consents = nullptr;  // who may be counted; empty: everybody
  CheckOverrides check = nullptr;   // empty: nothing is asked of others
};

// cliffhanger.insight.v1.ExperimentsService.
rpc::Service experiments_service(ExperimentsDeps deps);

}  // namespace cliffhanger::insight
