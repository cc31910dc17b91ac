#pragma once
// Catalog without gRPC: its handlers over a real database, called as each kind of caller.
#include <gtest/gtest.h>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "libs/bus/outbox.h"
#include "libs/bus/test_outbox.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/catalog/migrations.h"
#include "services/catalog/rpc/catalog_rpc.h"
#include "services/catalog/rpc/media_events.h"

namespace cliffhanger::catalog {

// Made by the test, which may see store/: the library that PostgreSQL keeps.
OpenLibrary pg_libraries(bus::Outbox& outbox);

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "catalog", embedded::catalog_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "catalog", 8}, metrics_);
    service_ =
        std::make_unique<rpc::Service>(catalog_service({*pool_, pg_libraries(outbox_), clock_, random_}));
  }

  Call as(Role role, UserId user, const std::string& tenant = "default") {
    Call call;
    call.caller = {*Tenant::parse(tenant), role, user, "", false};
    call.trace = Trace::start(random_);
    return call;
  }
  Call creator() { return as(Role::kCreator, creator_); }
  Call stranger() { return as(Role::kCreator, stranger_); }
  Call viewer() { return as(Role::kViewer, viewer_); }
  Call boss() { return as(Role::kOperator, UserId::make(clock_.now(), random_)); }
  Call service() { return as(Role::kService, UserId()); }

  template <class Response, class Request>
  Result<Response> rpc(const Call& call, const Request& request) {
    for (const auto& method : service_->methods()) {
      if (method.descriptor->input_type() != Request::descriptor()) continue;
      const auto answer = method.handler(call, request);
      if (!answer) return fail(answer.error());
      return static_cast<const Response&>(**answer);
    }
    return fail(internal("NO_METHOD", Request::descriptor()->full_name()));
  }

  v1::Series new_series(const Call& call, const std::string& title = "Revenge of the CEO's wife") {
    v1::CreateSeriesRequest in;
    in.set_title(title);
    in.set_language("en");
    const auto made = rpc<v1::CreateSeriesResponse>(call, in);
    EXPECT_TRUE(made);
    clock_.advance(std::chrono::seconds(1));
    return made ? made->series() : v1::Series();
  }
  Result<v1::CreateEpisodeResponse> create_episode(const Call& call, const std::string& series,
                                                   int number = 0) {
    v1::CreateEpisodeRequest in;
    in.set_series_id(series);
    in.set_title("Part");
    in.set_number(number);
    return rpc<v1::CreateEpisodeResponse>(call, in);
  }
  v1::Episode new_episode(const Call& call, const std::string& series) {
    const auto made = create_episode(call, series);
    EXPECT_TRUE(made);
    return made ? made->episode() : v1::Episode();
  }

  // A newer id than all before.
  std::string new_id() {
    clock_.advance(std::chrono::milliseconds(1));
    return Uuid::v7(clock_.now(), random_).text();
  }
  template <class Event>
  Result<void> hear(const Event& event, const std::string& tenant = "default") {
    MediaEvents events(pg_libraries(outbox_), clock_);
    const Call call = as(Role::kService, UserId(), tenant);
    return pool_->transact([&](sql::Tx& tx) { return events.hear(tx, call, event); });
  }
  // Makes a revision ready and gives its id.
  std::string make_ready(const std::string& episode, const std::string& tenant = "default",
                         std::int64_t duration_ms = 61'000) {
    transcode::v1::RevisionReady event;
    event.set_revision_id(new_id());
    event.set_episode_id(episode);
    event.set_duration_ms(duration_ms);
    event.set_cover_key("covers/" + event.revision_id() + ".jpg");
    EXPECT_TRUE(hear(event, tenant));
    return event.revision_id();
  }
  Result<v1::Episode> publish(const Call& call, const std::string& episode, const std::string& watched = "") {
    v1::PublishEpisodeRequest in;
    in.set_episode_id(episode);
    in.set_revision_id(watched);
    return rpc<v1::PublishEpisodeResponse>(call, in).map([](auto out) { return out.episode(); });
  }
  v1::Episode published_episode(const std::string& series) {
    const auto episode = new_episode(creator(), series);
    make_ready(episode.episode_id());
    const auto done = publish(creator(), episode.episode_id());
    EXPECT_TRUE(done);
    return done ? *done : v1::Episode();
  }
  Result<v1::Series> get_series(const Call& call, const std::string& id) {
    v1::GetSeriesRequest in;
    in.set_series_id(id);
    return rpc<v1::GetSeriesResponse>(call, in).map([](auto out) { return out.series(); });
  }
  Result<v1::Episode> get_episode(const Call& call, const std::string& id) {
    v1::GetEpisodeRequest in;
    in.set_episode_id(id);
    return rpc<v1::GetEpisodeResponse>(call, in).map([](auto out) { return out.episode(); });
  }
  Result<v1::ResolvePlaybackResponse> resolve(const std::string& episode, UserId user,
                                              bool operates = false) {
    v1::ResolvePlaybackRequest in;
    in.set_episode_id(episode);
    in.set_user_id(user.text());
    in.set_operates(operates);
    return rpc<v1::ResolvePlaybackResponse>(service(), in);
  }
  // The payloads of type Event in the outbox, oldest first.
  template <class Event>
  std::vector<Event> told() {
    return bus::outbox_payloads<Event>(*pool_);
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<rpc::Service> service_;
  UserId creator_ = UserId::make(clock_.now(), random_), stranger_ = UserId::make(clock_.now(), random_),
         viewer_ = UserId::make(clock_.now(), random_);
};

}  // namespace cliffhanger::catalog
