#pragma once
// Sums of who came to the end of an experiment's episode and went on (V0008__leaving.sql).
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "libs/sql/sql.h"
#include "libs/stats/survival.h"
#include "services/insight/domain/experiment.h"

namespace cliffhanger::insight {

// So many more or fewer people of (tenant, experiment, variation, mark).
using LeavingChanges =
    std::map<std::tuple<std::string, std::string, std::int64_t, std::int64_t>, std::int64_t>;
Result<void> save(sql::Tx& tx, const LeavingChanges& changes);

// Of each variation who came to the end by `until`, those alike together: seconds until they began the next,
// or for which it is known that they had not. Of who has not, up to a minute less than it was.
Result<std::vector<std::vector<stats::Subject>>> reached_of(sql::Tx& tx, const Tenant& tenant,
                                                            const Experiment& experiment, Time until);

}  // namespace cliffhanger::insight
