#include "services/recommendation/store/pg_minors.h"

#include <gtest/gtest.h>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "libs/testing/tcp_gate.h"
#include "services/recommendation/migrations.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class PgMinorsTest : public testing::Test {
 protected:
  PgMinorsTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "recommendation", embedded::recommendation_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 4}, metrics_);
    minors_ = std::make_unique<PgMinors>(*pool_, clock_);
  }
  void hear(const Tenant& tenant, UserId user, std::optional<int> greatest, std::int64_t version) {
    ASSERT_TRUE(
        pool_->transact([&](sql::Tx& tx) { return hear_minors_mode(tx, tenant, user, greatest, version); }));
  }
  int rating(const Tenant& tenant, UserId user) {
    EXPECT_TRUE(minors_->refresh());
    return minors_->greatest_rating(tenant, user);
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  const Tenant a_ = *Tenant::parse("a"), b_ = *Tenant::parse("b");
  const UserId child_ = UserId::make(clock_.now(), random_);
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<PgMinors> minors_;
};

TEST_F(PgMinorsTest, NobodyIsTakenForAnAdultBeforeItIsKnown) {
  EXPECT_EQ(minors_->greatest_rating(a_, child_), 0);
  EXPECT_EQ(rating(a_, child_), kAdult);
}

TEST_F(PgMinorsTest, FollowsWhatIsToldAndPassesLateNewsOver) {
  hear(a_, child_, 12, 2);
  EXPECT_EQ(rating(a_, child_), 12);
  EXPECT_EQ(rating(b_, child_), kAdult);
  hear(a_, child_, 16, 1);
  EXPECT_EQ(rating(a_, child_), 12);
  hear(a_, child_, 0, 3);
  EXPECT_EQ(rating(a_, child_), 0);
  hear(a_, child_, std::nullopt, 4);
  EXPECT_EQ(rating(a_, child_), kAdult);
  hear(a_, child_, 6, 3);
  EXPECT_EQ(rating(a_, child_), kAdult) << "late news does not bring it back";
}

TEST_F(PgMinorsTest, ATransactionThatEndsLateIsNotMissed) {
  EXPECT_EQ(rating(a_, child_), kAdult);
  const auto other = UserId::make(clock_.now(), random_);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(hear_minors_mode(tx, a_, child_, 6, 1));
    hear(a_, other, 12, 1);  // begun later, ended earlier
    EXPECT_EQ(rating(a_, other), 12);
    return {};
  }));
  EXPECT_EQ(rating(a_, child_), 6);
}

TEST_F(PgMinorsTest, WhoWasErasedIsForgotten) {
  hear(a_, child_, 6, 1);
  EXPECT_EQ(rating(a_, child_), 6);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("DELETE FROM minor"); }));
  clock_.advance(5min);
  EXPECT_EQ(rating(a_, child_), kAdult);
}

TEST_F(PgMinorsTest, WhatWasKnownStaysWhileTheDatabaseIsAway) {
  harness::TcpGate gate(harness::Postgres::shared().socket());
  auto config = pool_->config();
  config.url += " host=127.0.0.1 port=" + std::to_string(gate.port());
  sql::Pool pool(config, metrics_);
  PgMinors minors(pool, clock_);
  hear(a_, child_, 6, 1);
  ASSERT_TRUE(minors.refresh());
  gate.cut();
  hear(a_, child_, 12, 2);
  EXPECT_FALSE(minors.refresh());
  EXPECT_EQ(minors.greatest_rating(a_, child_), 6);
  gate.open();
  ASSERT_TRUE(minors.refresh());
  EXPECT_EQ(minors.greatest_rating(a_, child_), 12);
}

}  // namespace
}  // namespace cliffhanger::recommendation
