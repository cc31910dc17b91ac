#pragma once
// For tests: insight's database, and people who send events to it.
#include <gtest/gtest.h>

#include "cliffhanger/insight/v1/insight_service.pb.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/insight/migrations.h"
#include "services/insight/rpc/insight_rpc.h"
#include "services/insight/store/pg_acts.h"
#include "services/insight/store/pg_consents.h"
#include "services/insight/store/pg_events.h"
#include "services/insight/store/pg_viewings.h"

namespace cliffhanger::insight {

using namespace std::chrono_literals;

class EventsWorld : public testing::Test {
 protected:
  EventsWorld() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "insight", embedded::insight_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "insight", 8}, metrics_);
    service_ = std::make_unique<rpc::Service>(insight_service(
        {.pool = *pool_,
         .journal = [](sql::Tx& tx,
                       const Call& call) { return std::make_unique<PgJournal>(tx, call.caller.tenant); },
         .viewings = [](sql::Tx& tx,
                        const Call& call) { return std::make_unique<PgViewings>(tx, call.caller.tenant); },
         .clock = clock_,
         .consents =
             [](sql::Tx& tx, const Call& call) {
               return std::make_unique<PgConsents>(tx, call.caller.tenant, true);
             },
         .acts = [](sql::Tx& tx) { return std::make_unique<PgActsQueue>(tx); }}));
    run("SELECT make_event_day('" + to_rfc3339(clock_.now()).substr(0, 10) + "')");
  }

  UserId someone() { return UserId::make(clock_.now(), random_); }
  v1::ClientEvent event(v1::EventKind kind, const std::string& episode = "") {
    v1::ClientEvent out;
    out.set_event_id(Uuid::v7(clock_.now(), random_).text());
    set_time(out.mutable_client_time(), clock_.now());
    out.set_kind(kind);
    out.set_episode_id(episode);
    return out;
  }
  v1::RecordEventsResponse send(const UserId& user, const std::vector<v1::ClientEvent>& events,
                                const std::string& tenant = "default") {
    v1::RecordEventsRequest in;
    set_time(in.mutable_send_time(), clock_.now());
    for (const auto& one : events) *in.add_events() = one;
    Call call;
    call.caller = {*Tenant::parse(tenant), Role::kViewer, user, "", false};
    for (const auto& method : service_->methods()) {
      if (method.descriptor->input_type() != v1::RecordEventsRequest::descriptor()) continue;
      const auto answer = method.handler(call, in);
      EXPECT_TRUE(answer) << answer.error().message;
      if (answer) return static_cast<const v1::RecordEventsResponse&>(**answer);
    }
    return {};
  }
  void hear(const UserId& user, const Decisions& decisions, std::int64_t version, Time decided) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return PgConsents(tx, *Tenant::parse("default"), true).hear(user, decisions, version, decided);
    }));
  }
  sql::Rows run(const std::string& text) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message << text;
    return *rows;
  }
  std::int64_t number(const std::string& text) { return run(text)[0].number(0); }

  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "insight"};
  harness::ManualClock clock_;
  SystemRandom random_;
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<rpc::Service> service_;
};

}  // namespace cliffhanger::insight
