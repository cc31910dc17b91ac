#pragma once
// For tests: insight with a real database, news by hand, and its creators' rpcs called as a person.
#include <gtest/gtest.h>

#include "cliffhanger/insight/v1/creator_insight_service.pb.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/insight/migrations.h"
#include "services/insight/rpc/creator_insight_rpc.h"
#include "services/insight/rpc/insight_rpc.h"
#include "services/insight/store/pg_audience.h"
#include "services/insight/store/pg_events.h"
#include "services/insight/store/pg_viewings.h"

namespace cliffhanger::insight {

class CreatorInsightTest : public testing::Test {
 protected:
  CreatorInsightTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "insight", embedded::insight_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "insight", 4}, metrics_);
    service_ = std::make_unique<rpc::Service>(creator_insight_service({*pool_, open_audience(), clock_}));
  }

  static OpenAudience open_audience() {
    return [](sql::Tx& tx, const Call& call) { return std::make_unique<PgAudience>(tx, call.caller.tenant); };
  }
  static OpenViewings open_viewings() {
    return [](sql::Tx& tx, const Call& call) { return std::make_unique<PgViewings>(tx, call.caller.tenant); };
  }

  UserId person() { return UserId::make(clock_.now(), random_); }
  Uuid id() { return Uuid::v7(clock_.now(), random_); }
  Call call(const UserId& user, Role role = Role::kCreator, const char* tenant = "default") {
    Call out;
    out.caller = {*Tenant::parse(tenant), role, user, "", false};
    out.read_only = true;
    return out;
  }
  template <class Response, class Request>
  Result<Response> ask(const Call& from, const Request& request) {
    for (const auto& method : service_->methods()) {
      if (method.descriptor->input_type() != Request::descriptor()) continue;
      const auto answer = method.handler(from, request);
      if (!answer) return fail(answer.error());
      return static_cast<const Response&>(**answer);
    }
    return fail(internal("NO_METHOD", Request::descriptor()->full_name()));
  }
  template <class Response, class Request>
  Response of_episode(const Uuid& episode) {
    Request in;
    in.set_episode_id(episode.text());
    const auto out = ask<Response>(call(owner_), in);
    EXPECT_TRUE(out) << out.error().message;
    return out.value_or(Response());
  }
  template <class Response, class Request>
  Response of_series(const Uuid& series) {
    Request in;
    in.set_series_id(series.text());
    const auto out = ask<Response>(call(owner_), in);
    EXPECT_TRUE(out) << out.error().message;
    return out.value_or(Response());
  }

  template <class Work>
  void change(Work work) {
    const auto done = pool_->transact([&](sql::Tx& tx) -> Result<void> { return work(tx); });
    ASSERT_TRUE(done) << done.error().message;
  }
  // A published episode of the owner's, as catalog tells of it.
  Film episode(const Uuid& series, int number, std::int64_t duration_ms) {
    const Film film{series, id(), id(), number};
    change([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(PgViewings(tx, tenant_).hear_episode(film.episode, owner_, duration_ms, 1));
      return PgAudience(tx, tenant_).hear_episode(film, true, 1);
    });
    return film;
  }
  // Somebody's session, all at once: watched from the start to `position_ms`.
  static Viewership session(Time when, std::int64_t position_ms, bool left = false, bool completed = false,
                            Origin origin = {}) {
    Viewership out;
    out.plays = 1;
    out.watched_ms = position_ms;
    out.skips = left;
    out.first = out.last = when;
    if (completed) out.completed = when;
    out.reach = {position_ms, when, left};
    out.origin = std::move(origin);
    out.origin.time = when;
    out.times = SecondCounts::of(position_ms, position_ms);
    return out;
  }

  const Tenant tenant_ = *Tenant::parse("default");
  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  const UserId owner_ = person();
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<rpc::Service> service_;
};

}  // namespace cliffhanger::insight
