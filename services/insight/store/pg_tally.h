#pragma once
// Keeps the tallies of experiments up with what people do.
#include "libs/sql/sql.h"
#include "services/insight/domain/tally.h"

namespace cliffhanger::insight {

// Counts what some people did who did something since, and what departed; of one tenant, or of all if it is
// empty. Whether there may be more. For any number of replicas at once: nobody is counted twice, and who does
// something meanwhile is counted again.
Result<bool> fold_exposures(sql::Tx& tx, const std::string& tenant);

// Of each variation; one without people is empty.
Result<std::vector<Tally>> tallies_of(sql::Tx& tx, const Tenant& tenant, const Experiment& experiment);

}  // namespace cliffhanger::insight
