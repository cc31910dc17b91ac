#include "services/recommendation/module.h"

#include <sys/resource.h>

#include "services/recommendation/config.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/models/served_models.h"
#include "services/recommendation/models/trainer.h"
#include "services/recommendation/rpc/feed_rpc.h"
#include "services/recommendation/rpc/models_rpc.h"
#include "services/recommendation/rpc/objects_rpc.h"
#include "services/recommendation/rpc/taste_events.h"
#include "services/recommendation/store/pg_memory.h"
#include "services/recommendation/store/pg_profiling.h"

namespace cliffhanger::recommendation {
namespace {

namespace catalog = cliffhanger::catalog::v1;

// The calling thread, and those that it begins, get what processor time nobody else wants (on Linux nice is a
// thread's).
void give_way() {
  setpriority(PRIO_PROCESS, 0, 10);
}

class RecommendationModule final : public host::ServiceModule {
 public:
  RecommendationModule(const Config& config, host::Host& host)
      : ServiceModule(host, "recommendation"),
        policy_(config.policy),
        open_([this](sql::Tx& tx, const Call& call) {
          return std::make_unique<PgMemory>(tx, call.caller.tenant, policy_);
        }),
        events_(open_, policy_, host.clock()),
        models_({pool(), host.blobs(), host.clock(), host.random(), host.metrics(), log()}),
        trainer_(training(config, host)) {
    const auto fetch = [to = client_of("catalog")](const Call& call,
                                                   const catalog::BatchGetEpisodesRequest& ask) {
      return to.call<catalog::BatchGetEpisodesResponse>(call, ask);
    };
    const auto profiling = [unasked = host.config().consent_default](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgProfiling>(tx, call.caller.tenant, unasked);
    };
    serve(recommendation_service({pool(), open_, fetch, policy_, host.clock(), host.random(), profiling}));
    consumer().on("accounts", [profiling](sql::Tx& tx, const Call& call,
                                          const accounts::v1::ConsentChanged& event) -> Result<void> {
      CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
      for (const auto& one : event.decisions()) {
        if (one.purpose() == accounts::v1::CONSENT_PURPOSE_PROFILING)
          CH_TRY(profiling(tx, call)->hear_consent(user, one.granted(), event.version()));
      }
      return {};
    });
    events_.listen(consumer());
    // At the start after a change of the half-life, and again for replicas that still ran with the old one.
    add_loop("rekey", std::chrono::hours(1), [this]() -> Result<bool> {
      CH_TRY(pool().transact([this](sql::Tx& tx) { return rekey_heat(tx, policy_); }));
      return false;
    });
    add_models(config.train_every);
  }

  void drain(std::chrono::milliseconds limit) override {
    stop_.request_stop();
    ServiceModule::drain(limit);
  }

 private:
  Trainer::Deps training(const Config& config, host::Host& host) {
    Trainer::Deps out{pool(),         host.blobs(), host.clock(),          host.random(),
                      host.metrics(), log(),        host.config().replica, {}};
    out.options.dimensions = config.dimensions;
    out.threads = config.train_threads;
    out.keep = config.keep_models;
    out.activated = [this] { reading_->wake(); };
    return out;
  }
  void add_models(Duration train_every) {
    reading_ = &add_loop("models", kModelsEvery, [this]() -> Result<bool> {
      CH_TRY(models_.refresh());
      return false;
    });
    training_ = &add_loop("train", kModelsEvery, [this] {
      give_way();
      return trainer_.step(stop_.get_token());
    });
    if (train_every > Duration(0))
      add_loop("schedule", std::chrono::minutes(1), [this, train_every]() -> Result<bool> {
        CH_TRY(trainer_.schedule(train_every));
        return false;
      });
    const auto open = [this](sql::Tx& tx) {
      return std::make_unique<PgModels>(tx, host().clock(), host().random());
    };
    serve(models_service({pool(), open, [this] { training_->wake(); }, [this] { reading_->wake(); }}));
    serve(objects_service(pool(), host().blobs(), claimed_objects));
  }

  const Policy policy_;
  OpenMemory open_;
  TasteEvents events_;
  ServedModels models_;
  std::stop_source stop_;
  Trainer trainer_;
  host::Loop* reading_ = nullptr;
  host::Loop* training_ = nullptr;
};

}  // namespace

std::unique_ptr<host::Module> make_recommendation(config::Settings& settings, host::Host& host) {
  return std::make_unique<RecommendationModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::recommendation
