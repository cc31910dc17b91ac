#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::insight {

// What of these people the names of columns don't tell (libs/host/people.h): which variations they got by
// their ids, and the profiles of episodes that they watched, which are made anew. Before their rows go.
Result<void> forget(sql::Tx& tx, const Tenant& tenant, const std::vector<UserId>& people);

}  // namespace cliffhanger::insight
