#pragma once
#include <functional>

#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"
#include "libs/core/silence.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/decision.h"
#include "services/recommendation/domain/menu.h"
#include "services/recommendation/domain/ranker.h"
#include "services/recommendation/domain/regional.h"
#include "services/recommendation/domain/rules.h"
#include "services/recommendation/domain/shown.h"
#include "services/recommendation/domain/taste_model.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/rpc/feed_arms.h"
#include "services/recommendation/rpc/last_good.h"
#include "services/recommendation/rpc/taste_events.h"

namespace cliffhanger::recommendation {

// How feeds do.
struct FeedProbe {
  explicit FeedProbe(obs::Metrics& metrics);
  obs::Histogram seconds;                // a page, catalog's part included
  obs::Counter no_database, no_catalog;  // pages that had to do without
};

// Whom feeds don't wait for at the moment.
struct FeedPatience {
  explicit FeedPatience(const Clock& clock) : database(clock, kPatientFor), catalog(clock, kPatientFor) {}
  Silence database, catalog;
};
// Asks playback how long the call's user may watch today. Fails with DAILY_TIME_USED_UP.
using CheckDailyTime = std::function<Result<void>(const Call&)>;

// All outlive the services.
struct RpcDeps {
  sql::Pool& pool;
  OpenMemory open;
  FetchEpisodes fetch;
  const Catalogues& catalogues;
  const TasteModels& models;
  ShownMemory& shown;
  DecisionLog& log;
  const LastGood& last_good;
  const FeedProbe& probe;
  Policy policy;
  const Clock& clock;
  Random& random;
  FeedPatience& patience;
  const Minors& minors;
  CheckDailyTime check_daily_time;
  const FeedArms* arms = nullptr;      // null: no experiments on rankings
  const Rankers* rankers = nullptr;    // null: the policy's weights rank
  const Rules* rules = nullptr;        // null: houses have none
  const Regional* regional = nullptr;  // null: nothing grows anywhere
};

// What the house wants of who is in `region`: its rules and what grows there. Outlives what it is put into.
class Wishes {
 public:
  Wishes(const RpcDeps& deps, const Tenant& tenant, const Catalogue& catalogue, const std::string& region);
  void put_into(Asked& asked) const;

 private:
  std::shared_ptr<const std::vector<Rule>> rules_;
  std::optional<Ruling> ruling_;  // none: nothing is wanted
  std::shared_ptr<const std::vector<Growing>> growing_;
};

// To whom something is shown: the call's user, where the edge says that they are.
Audience audience_of(const RpcDeps& deps, const Call& call, const std::string& region);
// Of a series that is asked for by name. Fails with AGE_RESTRICTED, to who is in minors' mode and not old
// enough for it, and with NOT_IN_REGION.
Result<void> check_fits(const Catalogue& catalogue, At at, const Audience& audience);

v1::FeedReason to_message(Reason reason);

// RecommendationService. No transaction is open while catalog is asked.
rpc::Service recommendation_service(const RpcDeps& deps);
// TasteService, likewise.
rpc::Service taste_service(const RpcDeps& deps);
// OrderingService, which asks nobody but the database.
rpc::Service ordering_service(const RpcDeps& deps);

}  // namespace cliffhanger::recommendation
