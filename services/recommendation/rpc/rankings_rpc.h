#pragma once
#include "libs/rpc/server.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

// cliffhanger.recommendation.v1.RankingsService.
rpc::Service rankings_service(const Policy& policy);

}  // namespace cliffhanger::recommendation
