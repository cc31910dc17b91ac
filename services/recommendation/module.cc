#include "services/recommendation/module.h"

#include <sys/resource.h>

#include "cliffhanger/playback/v1/daily_time_service.pb.h"
#include "services/recommendation/config.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/models/ranking_student.h"
#include "services/recommendation/models/served_models.h"
#include "services/recommendation/models/served_rankers.h"
#include "services/recommendation/models/trainer.h"
#include "services/recommendation/rpc/acts_events.h"
#include "services/recommendation/rpc/feed_rpc.h"
#include "services/recommendation/rpc/models_rpc.h"
#include "services/recommendation/rpc/notifications_rpc.h"
#include "services/recommendation/rpc/objects_rpc.h"
#include "services/recommendation/rpc/rankings_rpc.h"
#include "services/recommendation/rpc/rules_rpc.h"
#include "services/recommendation/rpc/taste_events.h"
#include "services/recommendation/store/pg_catalogue.h"
#include "services/recommendation/store/pg_decisions.h"
#include "services/recommendation/store/pg_engagement.h"
#include "services/recommendation/store/pg_memory.h"
#include "services/recommendation/store/pg_minors.h"
#include "services/recommendation/store/pg_notices.h"
#include "services/recommendation/store/pg_ranking.h"
#include "services/recommendation/store/pg_regional.h"
#include "services/recommendation/store/pg_rules.h"
#include "services/recommendation/store/redis_shown.h"

namespace cliffhanger::recommendation {
namespace {

namespace catalog = cliffhanger::catalog::v1;
using namespace std::chrono_literals;

constexpr auto kShownPatience = 100ms;  // a page waits for it
constexpr auto kRefreshEvery = 500ms, kLogEvery = 200ms, kFallbackEvery = 10'000ms;

// The calling thread, and those that it begins, get what processor time nobody else wants (on Linux nice is a
// thread's).
void give_way() {
  setpriority(PRIO_PROCESS, 0, 10);
}

CheckDailyTime check_daily_time(rpc::Client client) {
  return [client = std::move(client)](const Call& call) -> Result<void> {
    CH_ASSIGN(const auto got,
              client.call<playback::v1::GetDailyTimeResponse>(call, playback::v1::GetDailyTimeRequest()));
    if (!got.daily_time().used_up()) return {};
    return fail(denied("DAILY_TIME_USED_UP", "That was enough for today.")
                    .with("reset_time", to_rfc3339(time_of(got.daily_time().reset_time()))));
  };
}

class RecommendationModule final : public host::ServiceModule {
 public:
  RecommendationModule(const Config& config, host::Host& host)
      : ServiceModule(host, "recommendation"),
        open_([profiled = host.config().consent_default](sql::Tx& tx, const Call& call) {
          return std::make_unique<PgMemory>(tx, call.caller.tenant, profiled);
        }),
        events_(open_, config.policy, host.clock(), &shown_),
        catalogue_(pool(), host.clock(), {config.policy}),
        shown_({host.config().redis_url, static_cast<int>(host.config().rpc_threads), kShownPatience},
               host.clock(), host.metrics()),
        decisions_(pool(), host.metrics()),
        fetch_([to = client_of("catalog")](const Call& call, const catalog::BatchGetEpisodesRequest& ask) {
          return to.call<catalog::BatchGetEpisodesResponse>(call, ask);
        }),
        models_({pool(), host.blobs(), host.clock(), host.random(), host.metrics(), log(),
                 host.config().consent_default}),
        rankers_({pool(), host.blobs(), host.clock(), host.random(), host.metrics(), log()}),
        student_({pool(), host.blobs(), host.clock(), host.random(), host.metrics(), log(),
                  host.config().consent_default, [this] { ranking_->wake(); }}),
        trainer_(training(config, host)),
        minors_(pool(), host.clock()),
        rules_(pool(), host.clock()),
        regional_(pool(), host.clock(), kRegionalEvery),
        last_good_(fetch_, host.metrics()),
        probe_(host.metrics()),
        patience_(host.clock()),
        arms_(arms::from_insight(client_of("insight"), host.metrics())),
        exposures_(client_of("insight"), host.metrics()),
        feed_arms_(*arms_, exposures_) {
    const RpcDeps deps{
        pool(),       open_,         fetch_,     catalogue_, models_,
        shown_,       decisions_,    last_good_, probe_,     config.policy,
        host.clock(), host.random(), patience_,  minors_,    check_daily_time(client_of("playback")),
        &feed_arms_,  &rankers_,     &rules_,    &regional_};
    add_loop("arms", arms::kRefreshEvery, [this]() -> Result<bool> {
      CH_TRY(arms_->refresh());
      return false;
    });
    add_loop("exposures", kLogEvery, [this] { return exposures_.flush(); });
    serve(rankings_service(config.policy));
    serve(recommendation_service(deps));
    serve(taste_service(deps));
    serve(ordering_service(deps));
    serve(notifications_service(deps, [](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgNotices>(tx, call.caller.tenant);
    }));
    serve(rules_service(
        {pool(),
         [](sql::Tx& tx, const Call& call) { return std::make_unique<PgRuleBook>(tx, call.caller.tenant); },
         host.clock(), host.random()}));
    events_.listen(consumer());
    consumer().on(
        "accounts",
        [](sql::Tx& tx, const Call& call, const accounts::v1::MinorsModeChanged& event) -> Result<void> {
          CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
          const auto greatest = event.enabled() ? std::optional(event.greatest_rating()) : std::nullopt;
          return hear_minors_mode(tx, call.caller.tenant, user, greatest, event.version());
        });
    add_engagement(host);
    on_erase([this](sql::Tx&, const Call& call, const std::vector<UserId>& people) -> Result<bool> {
      for (const auto& user : people) CH_TRY(shown_.forget(call.caller.tenant, user));
      return false;
    });
    add_loops(config, host);
  }

  // Its first feeds need the catalogue; if the database is away the loop goes on trying.
  Result<void> start() override {
    if (const auto read = catalogue_.refresh(); !read) log().error("no catalogue yet", read.error());
    if (const auto read = minors_.refresh(); !read) log().error("minors not known yet", read.error());
    if (const auto read = rules_.refresh(); !read) log().error("rules not known yet", read.error());
    return ServiceModule::start();
  }

  void drain(std::chrono::milliseconds limit) override {
    stop_.request_stop();
    ServiceModule::drain(limit);
    while (decisions_.write().value_or(false)) {
    }
  }

 private:
  void add_engagement(host::Host& host) {
    listen_to_acts(consumer(), open_,
                   [profiled = host.config().consent_default](sql::Tx& tx, const Call& call) {
                     return std::make_unique<PgEngagements>(tx, call.caller.tenant, profiled);
                   });
    add_loop("engagement sweep", std::chrono::hours(1), [this, &host] {
      return pool().transact(
          [&](sql::Tx& tx) { return sweep_engagement(tx, host.clock().now() - kKeepEngagement); });
    });
  }
  void add_loops(const Config& config, host::Host& host) {
    add_loop("catalogue", kRefreshEvery, [this]() -> Result<bool> {
      CH_TRY(catalogue_.refresh());
      return false;
    });
    add_loop("rules", kRefreshEvery, [this]() -> Result<bool> {
      CH_TRY(rules_.refresh());
      return false;
    });
    add_loop("minors", kRefreshEvery, [this]() -> Result<bool> {
      CH_TRY(minors_.refresh());
      return false;
    });
    add_loop("decisions", kLogEvery, [this] { return decisions_.write(); });
    add_loop("decision days", std::chrono::hours(1), [this, config, &host]() -> Result<bool> {
      CH_TRY(pool().transact(
          [&](sql::Tx& tx) { return keep_decision_days(tx, host.clock().now(), config.decision_days); }));
      return false;
    });
    add_loop("what grows in regions", kRegionalLookEvery, [this]() -> Result<bool> {
      CH_TRY(regional_.refresh());
      return false;
    });
    add_loop("regions", std::chrono::hours(1), [this, &host]() -> Result<bool> {
      CH_TRY(pool().transact([&](sql::Tx& tx) { return drop_regional(tx, host.clock().now()); }));
      return false;
    });
    add_loop("plays", std::chrono::hours(1), [this, config, &host] {
      const Time before = host.clock().now() - std::chrono::hours(24 * config.decision_days);
      return pool().transact([&](sql::Tx& tx) { return drop_plays(tx, before); });
    });
    add_loop("last good", kFallbackEvery, [this]() -> Result<bool> {
      for (const auto& tenant : catalogue_.tenants())
        CH_TRY(last_good_.refresh(tenant, *catalogue_.of(tenant)));
      return false;
    });
    add_models(config.train_every);
    add_rankings();
  }

  Trainer::Deps training(const Config& config, host::Host& host) {
    Trainer::Deps out{pool(),         host.blobs(), host.clock(),          host.random(),
                      host.metrics(), log(),        host.config().replica, {}};
    out.options.dimensions = config.dimensions;
    out.threads = config.train_threads;
    out.keep = config.keep_models;
    out.profiled = host.config().consent_default;
    out.decision_days = config.decision_days;
    out.activated = [this] { look(); };
    return out;
  }
  // Another model may be active now.
  void look() {
    reading_->wake();
    ranking_->wake();
  }
  void add_rankings() {
    ranking_ = &add_loop("rankings", kModelsEvery, [this]() -> Result<bool> {
      CH_TRY(rankers_.refresh());
      return false;
    });
    add_loop("learn rankings", kLearnEvery, [this] {
      give_way();
      return student_.step();
    });
  }
  void add_models(Duration train_every) {
    reading_ = &add_loop("models", kModelsEvery, [this]() -> Result<bool> {
      CH_TRY(models_.refresh());
      return false;
    });
    add_loop("graph of the nearest", kModelsEvery, [this] {
      give_way();
      return models_.build_graph([stop = stop_.get_token()] { return stop.stop_requested(); });
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
    serve(models_service({pool(), open, [this] { training_->wake(); }, [this] { look(); }}));
    serve(objects_service(pool(), host().blobs(), claimed_objects));
  }

  OpenMemory open_;
  TasteEvents events_;
  PgCatalogue catalogue_;
  RedisShown shown_;
  PgDecisions decisions_;
  FetchEpisodes fetch_;
  ServedModels models_;
  ServedRankers rankers_;
  RankingStudent student_;
  std::stop_source stop_;
  Trainer trainer_;
  PgMinors minors_;
  PgRules rules_;
  PgRegional regional_;
  LastGood last_good_;
  FeedProbe probe_;
  FeedPatience patience_;
  const std::unique_ptr<arms::Arms> arms_;
  arms::Exposures exposures_;
  const FeedArms feed_arms_;
  host::Loop* reading_ = nullptr;
  host::Loop* ranking_ = nullptr;
  host::Loop* training_ = nullptr;
};

}  // namespace

std::unique_ptr<host::Module> make_recommendation(config::Settings& settings, host::Host& host) {
  return std::make_unique<RecommendationModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::recommendation
