#pragma once
#include <functional>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/profiling.h"
#include "services/recommendation/rpc/taste_events.h"

namespace cliffhanger::recommendation {

// Asks catalog for episodes with their series.
using FetchEpisodes = std::function<Result<cliffhanger::catalog::v1::BatchGetEpisodesResponse>(
    const Call&, const cliffhanger::catalog::v1::BatchGetEpisodesRequest&)>;

struct RpcDeps {
  sql::Pool& pool;
  OpenMemory open;
  FetchEpisodes fetch;
  Policy policy;
  const Clock& clock;
  Random& random;
  // Who wants no feed made from what they did; nobody if empty.
  std::function<std::unique_ptr<Profiling>(sql::Tx&, const Call&)> profiling = nullptr;
};

// RecommendationService. What is in `deps` outlives the service. No transaction is open while catalog is
// asked.
rpc::Service recommendation_service(const RpcDeps& deps);

}  // namespace cliffhanger::recommendation
