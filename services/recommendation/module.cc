#include "services/recommendation/module.h"

#include "services/recommendation/config.h"
#include "services/recommendation/rpc/feed_rpc.h"
#include "services/recommendation/rpc/taste_events.h"
#include "services/recommendation/store/pg_memory.h"

namespace cliffhanger::recommendation {
namespace {

namespace catalog = cliffhanger::catalog::v1;

class RecommendationModule final : public host::ServiceModule {
 public:
  RecommendationModule(const Config& config, host::Host& host)
      : ServiceModule(host, "recommendation"),
        policy_(config.policy),
        open_([this](sql::Tx& tx, const Call& call) {
          return std::make_unique<PgMemory>(tx, call.caller.tenant, policy_);
        }),
        events_(open_, policy_, host.clock()) {
    const auto fetch = [to = client_of("catalog")](const Call& call,
                                                   const catalog::BatchGetEpisodesRequest& ask) {
      return to.call<catalog::BatchGetEpisodesResponse>(call, ask);
    };
    serve(recommendation_service({pool(), open_, fetch, policy_, host.clock(), host.random()}));
    events_.listen(consumer());
    // At the start after a change of the half-life, and again for replicas that still ran with the old one.
    add_loop("rekey", std::chrono::hours(1), [this]() -> Result<bool> {
      CH_TRY(pool().transact([this](sql::Tx& tx) { return rekey_heat(tx, policy_); }));
      return false;
    });
  }

 private:
  const Policy policy_;
  OpenMemory open_;
  TasteEvents events_;
};

}  // namespace

std::unique_ptr<host::Module> make_recommendation(config::Settings& settings, host::Host& host) {
  return std::make_unique<RecommendationModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::recommendation
