#include "services/insight/module.h"

#include <set>

#include "cliffhanger/insight/v1/insight.pb.h"
#include "libs/host/host.h"
#include "services/insight/config.h"
#include "services/insight/domain/limits.h"
#include "services/insight/exports/exporter.h"
#include "services/insight/quality_metrics.h"
#include "services/insight/rpc/arms_rpc.h"
#include "services/insight/rpc/creator_insight_rpc.h"
#include "services/insight/rpc/experiments_rpc.h"
#include "services/insight/rpc/exports_rpc.h"
#include "services/insight/rpc/insight_rpc.h"
#include "services/insight/rpc/objects_rpc.h"
#include "services/insight/rpc/override_checks.h"
#include "services/insight/rpc/quality_rpc.h"
#include "services/insight/rpc/reaction_events.h"
#include "services/insight/rpc/viewing_events.h"
#include "services/insight/store/forget.h"
#include "services/insight/store/pg_acts.h"
#include "services/insight/store/pg_arms.h"
#include "services/insight/store/pg_audience.h"
#include "services/insight/store/pg_consents.h"
#include "services/insight/store/pg_events.h"
#include "services/insight/store/pg_experiments.h"
#include "services/insight/store/pg_quality.h"
#include "services/insight/store/pg_tally.h"
#include "services/insight/store/pg_viewings.h"

namespace cliffhanger::insight {
namespace {

class InsightModule final : public host::ServiceModule {
 public:
  InsightModule(const Config& config, host::Host& host) : ServiceModule(host, "insight") {
    const OpenViewings viewings = [](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgViewings>(tx, call.caller.tenant);
    };
    const OpenConsents consents = [unasked = host.config().consent_default](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgConsents>(tx, call.caller.tenant, unasked);
    };
    serve(insight_service(
        {pool(),
         [](sql::Tx& tx, const Call& call) { return std::make_unique<PgJournal>(tx, call.caller.tenant); },
         viewings, host.clock(), consents, [](sql::Tx& tx) { return std::make_unique<PgActsQueue>(tx); },
         [this](sql::Tx& tx, const Call& call, const std::vector<Event>& events) -> Result<void> {
           CH_TRY(hear_comments(tx, call, events));
           return exposures_.seen(tx, call, events);
         }}));
    const OpenAudience audience = [](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgAudience>(tx, call.caller.tenant);
    };
    add_experiments(host, viewings, consents);
    serve(creator_insight_service({pool(), audience, host.clock()}));
    listen(consumer(), {viewings, audience, activities_, host.clock(), consents,
                        [this](sql::Tx& tx, const Call& call, const Film& film, const UserId& user) {
                          return exposures_.played(tx, call,
                                                   {user, film.episode, film.series, film.revision});
                        }});
    listen_to_reactions(consumer(), activities_, consents);
    listen_to_consents(consumer(), consents);
    on_erase([](sql::Tx& tx, const Call& call, const std::vector<UserId>& people) -> Result<bool> {
      CH_TRY(forget(tx, call.caller.tenant, people));
      CH_TRY(rewrite_exports_of(tx, call.caller.tenant, people));
      return false;
    });
    add_loop("profiles", std::chrono::minutes(1), [this, &host] {
      return pool().transact([&](sql::Tx& tx) { return refresh_profile(tx, host.clock().now()); });
    });
    add_quality(host);
    add_exports(config, host);
    add_loop("acts", kTellEvery, [this, &host] {
      return pool().transact([&](sql::Tx& tx) {
        PgActsQueue queue(tx);
        return tell_acts(tx, queue, outbox(), host.clock(), host.random());
      });
    });
    add_loop("days", std::chrono::hours(1), [this, config, &host]() -> Result<bool> {
      CH_TRY(pool().transact(
          [&](sql::Tx& tx) { return keep_days(tx, host.clock().now(), config.retention_days); }));
      return false;
    });
  }

  void drain(std::chrono::milliseconds limit) override {
    stop_.request_stop();
    ServiceModule::drain(limit);
  }

 private:
  void add_experiments(host::Host& host, const OpenViewings& viewings, const OpenConsents& consents) {
    serve(experiments_service({pool(), experiments_, viewings, host.clock(), host.random(), consents,
                               check_overrides(client_of("catalog"), client_of("recommendation"))}));
    const MayExperiment may = [unasked = host.config().consent_default](sql::Tx& tx, const Tenant& tenant,
                                                                        const UserId& user) {
      return PgConsents(tx, tenant, unasked).allowed(user).map([](const Allowed& allowed) {
        return allowed.analytics && allowed.profiling;
      });
    };
    serve(arms_service({pool(), experiments_, may, house_experiments, host.clock()}));
    add_loop("exposures", kRefreshHouse, [this]() -> Result<bool> {
      CH_TRY(exposures_.refresh());
      return false;
    });
    add_loop("experiments", std::chrono::seconds(5),
             [this, &host]() { return look_after_one(pool(), host.clock().now()); });
    add_loop("tallies", kFoldPeopleEvery,
             [this] { return pool().transact([](sql::Tx& tx) { return fold_exposures(tx, ""); }); });
  }

  void add_quality(host::Host& host) {
    serve(quality_service(
        {pool(),
         [](sql::Tx& tx, const Tenant& tenant) { return std::make_unique<PgQualityCells>(tx, tenant); },
         add_deliveries, host.clock()}));
    add_loop("quality", kFoldEvery, [this, &host] {
      return pool().transact([&](sql::Tx& tx) { return fold_quality(tx, host.clock().now()); });
    });
    add_loop("quality sweep", std::chrono::minutes(10), [this, &host] {
      return pool().transact([&](sql::Tx& tx) { return sweep_quality(tx, host.clock().now()); });
    });
    add_loop("quality metrics", std::chrono::seconds(10), [this, &host]() -> Result<bool> {
      CH_TRY(pool().read([&](sql::Tx& tx) { return tell_quality(tx, span_of(host.clock().now(), 5)); }));
      return false;
    });
  }

  void add_exports(const Config& config, host::Host& host) {
    ExportOptions options;
    options.on = config.exports;
    options.window = std::chrono::minutes(config.export_minutes);
    options.part_bytes = config.export_part_mib << 20;
    options.keep = std::chrono::hours(24 * config.export_days);
    exporter_.emplace(
        Exporter::Deps{pool(), host.blobs(), host.clock(), host.random(), host.metrics(), log(), options});
    add_loop("exports", kExportEvery, [this] { return exporter_->step(stop_.get_token()); });
    on_settle([this](const Call& call, const std::vector<UserId>&) {
      return pool().read([&](sql::Tx& tx) { return exports_are_clean(tx, call.caller.tenant); });
    });
    serve(exports_service(pool(), [](sql::Tx& tx, const Tenant& tenant, std::optional<Time> before,
                                     int most) { return PgExports(tx).list(tenant, before, most); }));
    serve(objects_service(pool(), host.blobs(), claimed_exports));
  }

  Result<void> tell_quality(sql::Tx& tx, const QualitySpan& span) {
    CH_ASSIGN(const auto tenants, quality_tenants(tx, span));
    told_.insert(tenants.begin(), tenants.end());
    for (const Tenant& tenant : told_) {
      CH_ASSIGN(const auto total, PgQualityCells(tx, tenant).by_value(span, {}));
      metrics_.tell(tenant, total.empty() ? QualityCounts() : total.front().second);
    }
    return {};
  }

  std::stop_source stop_;
  std::optional<Exporter> exporter_;
  Result<void> hear_comments(sql::Tx& tx, const Call& call, const std::vector<Event>& events) {
    const auto comments = std::count_if(events.begin(), events.end(),
                                        [](const Event& one) { return one.kind == v1::EVENT_KIND_COMMENT; });
    if (comments == 0) return {};
    return activities_(tx, call)->comment(call.caller.user, comments, host().clock().now());
  }

  const OpenActivities activities_ = [](sql::Tx& tx, const Call& call) {
    return std::make_unique<PgActivities>(tx, call.caller.tenant);
  };
  const OpenExperiments experiments_ = [](sql::Tx& tx, const Tenant& tenant) {
    return std::make_unique<PgExperiments>(tx, tenant);
  };
  Exposures exposures_{pool(), experiments_, house_experiments, host().clock()};
  QualityMetrics metrics_{host().metrics()};
  std::set<Tenant> told_;  // of the loop's thread
};

}  // namespace

std::unique_ptr<host::Module> make_insight(config::Settings& settings, host::Host& host) {
  return std::make_unique<InsightModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::insight
