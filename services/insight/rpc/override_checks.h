#pragma once
#include "libs/rpc/client.h"
#include "services/insight/rpc/experiments_rpc.h"

namespace cliffhanger::insight {

// Asks catalog about subject, pictures and films, and the recommender about rankings. Fails with
// EPISODE_NOT_FOUND, SERIES_NOT_FOUND, INVALID_EXPERIMENT, and as the services do that are asked.
CheckOverrides check_overrides(rpc::Client catalog, rpc::Client recommendation);

}  // namespace cliffhanger::insight
