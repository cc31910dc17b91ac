#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "libs/core/call.h"
#include "libs/obs/metrics.h"
#include "services/recommendation/domain/catalogue.h"

namespace cliffhanger::recommendation {

// Asks catalog for episodes with their series.
using FetchEpisodes = std::function<Result<cliffhanger::catalog::v1::BatchGetEpisodesResponse>(
    const Call&, const cliffhanger::catalog::v1::BatchGetEpisodesRequest&)>;

// The most popular series of each tenant with their first episodes, as catalog last gave them: what is shown
// while nothing can be asked. Safe from many threads.
class LastGood {
 public:
  using List = cliffhanger::catalog::v1::BatchGetEpisodesResponse;
  LastGood(FetchEpisodes fetch, obs::Metrics& metrics);

  // Asks anew; what can't be asked stays as it was.
  Result<void> refresh(const Tenant& tenant, const Catalogue& catalogue);
  // Null: never had one.
  std::shared_ptr<const List> of(const Tenant& tenant) const;

 private:
  FetchEpisodes fetch_;
  obs::Gauge series_;
  mutable std::mutex mutex_;
  std::map<Tenant, std::shared_ptr<const List>> lists_;
};

}  // namespace cliffhanger::recommendation
