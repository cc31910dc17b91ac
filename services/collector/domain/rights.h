#pragma once
// What operators of which tenant may do with runs: the store is the house's, of all tenants together.
#include "services/collector/domain/collection.h"

namespace cliffhanger::collector {

// Whether somebody may begin and stop runs, which are over the objects of all tenants: operators of house(),
// whose the runs are too that begin by themselves. Fails with NOT_THE_HOUSE.
Result<void> check_may_run(const Caller& caller);

// Why a run stopped or waits, for operators of `reader`. Those of other tenants than the house's get none: it may name objects, and so
// what others have; the reason tells them enough.
std::string message_for(const Tenant& reader, const Collection& collection);

}  // namespace cliffhanger::collector
