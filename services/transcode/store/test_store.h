#pragma once
// For tests: revisions in a database of their own.
#include <gtest/gtest.h>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/transcode/domain/fixture.h"
#include "services/transcode/migrations.h"
#include "services/transcode/store/pg_revisions.h"

namespace cliffhanger::transcode {

using namespace std::chrono_literals;

class StoreTest : public testing::Test {
 protected:
  StoreTest() : url_(harness::Postgres::shared().new_database()) {
    const auto migrated = sql::migrate(url_, "transcode", embedded::transcode_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url_, "transcode", 4, 5000ms, 1000ms}, metrics_);
    call_.caller = {*Tenant::parse("default"), Role::kCreator, owner_, "", false};
  }
  template <class Act>
  auto with(const Call& call, Act act) {
    return pool_->transact([&](sql::Tx& tx) {
      PgRevisions revisions(tx, call, outbox_, clock_, random_);
      return act(revisions);
    });
  }
  Call as(Role role, UserId user, const std::string& tenant = "default") {
    Call call;
    call.caller = {*Tenant::parse(tenant), role, user, "", false};
    return call;
  }
  // Gives the newest revision of the episode after that.
  RevisionId accept(EpisodeId episode, const std::string& sha256 = "aa", std::optional<Time> verified = {}) {
    clock_.advance(5s);
    Source source{SourceId::make(clock_.now(), random_),
                  episode,
                  owner_,
                  "sources/default/x",
                  sha256,
                  std::nullopt,
                  verified};
    const auto done = with(call_, [&](PgRevisions& revisions) {
      return Planning({revisions, clock_, random_})
          .accept(call_.caller.tenant, source, fixture::probe(720, 1280, {30, 1}, 600), "");
    });
    EXPECT_TRUE(done) << done.error().reason << done.error().message;
    return with(
               call_,
               [&](PgRevisions& revisions) { return revisions.list(episode, std::nullopt, std::nullopt, 1); })
        ->front()
        .id;
  }
  Result<Revision> get(RevisionId id, const Call& call) {
    return with(call, [&](PgRevisions& revisions) { return revisions.get(id, std::nullopt); });
  }
  std::int64_t number(const std::string& query) {
    return pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); })->operator[](0).number(0);
  }

  std::string url_;
  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  std::unique_ptr<sql::Pool> pool_;
  UserId owner_ = UserId::make(clock_.now(), random_);
  EpisodeId episode_ = EpisodeId::make(clock_.now(), random_);
  Call call_;
};

}  // namespace cliffhanger::transcode
