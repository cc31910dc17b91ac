// Who allows analytics, and that nothing is kept behind a refusal.
#include <gtest/gtest.h>

#include <future>

#include "cliffhanger/insight/v1/insight_service.pb.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/insight/migrations.h"
#include "services/insight/rpc/insight_rpc.h"
#include "services/insight/store/pg_consents.h"
#include "services/insight/store/pg_events.h"
#include "services/insight/store/pg_viewings.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

class ConsentsTest : public testing::Test {
 protected:
  ConsentsTest() {
    const auto url = harness::Postgres::shared().new_database();
    EXPECT_TRUE(sql::migrate(url, "insight", embedded::insight_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "insight", 8}, metrics_);
    service_ = std::make_unique<rpc::Service>(insight_service(
        {.pool = *pool_,
         .journal = [](sql::Tx& tx,
                       const Call& call) { return std::make_unique<PgJournal>(tx, call.caller.tenant); },
         .viewings = [](sql::Tx& tx,
                        const Call& call) { return std::make_unique<PgViewings>(tx, call.caller.tenant); },
         .clock = clock_,
         .consents =
             [this](sql::Tx& tx, const Call& call) {
               return std::make_unique<PgConsents>(tx, call.caller.tenant, unasked_);
             }}));
  }
  v1::RecordEventsResponse record(const UserId& user, int events = 1) {
    v1::RecordEventsRequest in;
    set_time(in.mutable_send_time(), clock_.now());
    for (int i = 0; i < events; ++i) {
      auto* event = in.add_events();
      event->set_event_id(Uuid::v7(clock_.now(), random_).text());
      set_time(event->mutable_client_time(), clock_.now());
      event->set_kind(v1::EVENT_KIND_PLAY);
    }
    Call call;
    call.caller = {*Tenant::parse("default"), Role::kViewer, user, "", false};
    for (const auto& method : service_->methods()) {
      if (method.descriptor->input_type() != v1::RecordEventsRequest::descriptor()) continue;
      const auto answer = method.handler(call, in);
      EXPECT_TRUE(answer) << answer.error().message;
      if (answer) return static_cast<const v1::RecordEventsResponse&>(**answer);
    }
    ADD_FAILURE();
    return {};
  }
  void hear(const UserId& user, bool analytics, std::int64_t version, Time decided) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return PgConsents(tx, *Tenant::parse("default"), unasked_)
          .hear(user, {.analytics = analytics, .profiling = std::nullopt}, version, decided);
    }));
  }
  std::int64_t kept(const UserId& user) {
    const auto rows = pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("SELECT count(*) FROM event WHERE user_id = '" + user.text() + "'");
    });
    return rows ? (*rows)[0].number(0) : -1;
  }
  UserId someone() { return UserId::make(clock_.now(), random_); }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  bool unasked_ = true;
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<rpc::Service> service_;
};

TEST_F(ConsentsTest, WhoSaidNothingIsAsTheHouseHasIt) {
  const auto user = someone();
  const auto kept_of = record(user, 3);
  EXPECT_EQ(kept_of.recorded(), 3);
  EXPECT_FALSE(kept_of.has_without_consent());
  unasked_ = false;
  const auto dropped = record(user, 2);
  EXPECT_EQ(dropped.recorded(), 0);
  EXPECT_EQ(dropped.repeated_events(), 0);
  EXPECT_EQ(dropped.without_consent(), 2);
  EXPECT_EQ(kept(user), 3);
}

TEST_F(ConsentsTest, ARefusalHoldsUntilItIsTakenBackWhateverComesLate) {
  const auto user = someone();
  hear(user, false, 2, clock_.now());
  EXPECT_EQ(record(user).without_consent(), 1);
  hear(user, true, 1, clock_.now());
  EXPECT_EQ(record(user).without_consent(), 1) << "late news";
  hear(user, true, 3, clock_.now());
  EXPECT_EQ(record(user).recorded(), 1);
}

TEST_F(ConsentsTest, WhatCameInBetweenDecidingAndHearingIsTakenAway) {
  const auto user = someone(), other = someone();
  record(user);
  record(other);
  clock_.advance(10s);
  const Time refused = clock_.now();
  clock_.advance(1s);
  record(user, 5);
  record(other);
  hear(user, false, 1, refused);
  EXPECT_EQ(kept(user), 1) << "what came before was allowed";
  EXPECT_EQ(kept(other), 2);
  clock_.advance(1s);
  hear(user, false, 1, Time());
  EXPECT_EQ(kept(user), 1) << "the same again changes nothing";
}

TEST_F(ConsentsTest, AGuestWhoSignedInHasTheAccountsConsent) {
  const auto guest = someone(), account = someone();
  hear(guest, true, 1, clock_.now());
  EXPECT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return PgViewings(tx, *Tenant::parse("default")).merge(guest, account); }));
  clock_.advance(1s);
  record(guest, 2);
  hear(account, false, 1, clock_.now());
  EXPECT_EQ(kept(guest), 0) << "the guest's late events too";
  EXPECT_EQ(record(guest).without_consent(), 1);
}

// Batches and the refusal at the same time: whoever goes first, nothing that came in since stays.
TEST_F(ConsentsTest, NothingIsKeptBehindARefusalThatIsHeardMeanwhile) {
  const auto user = someone();
  const Time refused = clock_.now();
  std::vector<std::future<void>> apps;
  for (int i = 0; i < 6; ++i)
    apps.push_back(std::async(std::launch::async, [&] {
      for (int batch = 0; batch < 20; ++batch) record(user, 10);
    }));
  hear(user, false, 1, refused);
  for (auto& app : apps) app.get();
  EXPECT_EQ(kept(user), 0);
}

}  // namespace
}  // namespace cliffhanger::insight
