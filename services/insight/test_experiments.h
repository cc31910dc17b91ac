#pragma once
// Experiments over a test's database; who decided nothing allows that they are counted.
#include "services/insight/rpc/experiments_rpc.h"
#include "services/insight/store/pg_consents.h"
#include "services/insight/store/pg_experiments.h"
#include "services/insight/store/pg_viewings.h"

namespace cliffhanger::insight {

inline ExperimentsDeps experiments_deps(sql::Pool& pool, const Clock& clock, Random& random) {
  return {pool,
          [](sql::Tx& tx, const Tenant& tenant) { return std::make_unique<PgExperiments>(tx, tenant); },
          [](sql::Tx& tx, const Call& call) { return std::make_unique<PgViewings>(tx, call.caller.tenant); },
          clock,
          random,
          [](sql::Tx& tx, const Call& call) {
            return std::make_unique<PgConsents>(tx, call.caller.tenant, true);
          }};
}

}  // namespace cliffhanger::insight
