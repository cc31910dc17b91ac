#pragma once
#include "libs/sql/sql.h"
#include "services/insight/domain/experiments.h"

namespace cliffhanger::insight {

// What services need of experiments that the house applies: of all tenants those that give anything to
// anybody, running ones first.
Result<std::vector<HouseExperiment>> house_experiments(sql::Tx& tx, Time now);

}  // namespace cliffhanger::insight
