#include "services/recommendation/rpc/rankings_rpc.h"

#include "cliffhanger/recommendation/v1/rankings_service.pb.h"
#include "services/recommendation/domain/ranking.h"

namespace cliffhanger::recommendation {

rpc::Service rankings_service(const Policy& policy) {
  rpc::Service service("cliffhanger.recommendation.v1.RankingsService");
  service.on([policy](const Call&, const v1::CheckRankingRequest& in) -> Result<v1::CheckRankingResponse> {
    v1::CheckRankingResponse out;
    if (const auto changed = changed_by(policy, in.ranking()); !changed)
      out.set_fault(changed.error().message);
    return out;
  });
  return service;
}

}  // namespace cliffhanger::recommendation
