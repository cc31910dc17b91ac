#include "services/recommendation/store/pg_decisions.h"

#include <gtest/gtest.h>

#include "libs/obs/names.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "libs/testing/tcp_gate.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/migrations.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class PgDecisionsTest : public testing::Test {
 protected:
  PgDecisionsTest() {
    url_ = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url_, "recommendation", embedded::recommendation_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url_, "recommendation", 4}, metrics_);
  }
  Decision decision(UserId user = UserId()) {
    Decision out;
    out.id = DecisionId::make(clock_.now(), random_);
    out.tenant = tenant_;
    out.user = user;
    out.at = clock_.now();
    out.policy = "p";
    out.places = {random_.number(), 10, 7};
    for (int i = 0; i < 20; ++i) {
      PoolItem item;
      item.id = SeriesId::make(clock_.now(), random_);
      item.value = 1.0f / static_cast<float>(i + 2);
      item.tags = random_.number();
      item.ordinary = i < 15;
      item.explore = i > 12;
      out.pool.items.push_back(item);
    }
    out.pool.explorable = 9;
    out.placed = choose(out.pool, out.slotting, out.places);
    out.on_page.assign(out.placed.size(), true);
    return out;
  }
  std::optional<Decision> find(DecisionId id) {
    const auto found = pool_->read([&](sql::Tx& tx) { return find_decision(tx, tenant_, id); });
    EXPECT_TRUE(found) << found.error().message;
    return *found;
  }
  std::int64_t count(const std::string& of) {
    return *pool_->read([&](sql::Tx& tx) -> Result<std::int64_t> {
      CH_ASSIGN(const auto rows, tx.run_text("SELECT count(*) FROM " + of));
      return rows[0].number(0);
    });
  }
  double counted(const char* result) {
    return metrics_.counter(obs::names::kFeedDecisions, "", {{"result", result}}).value();
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  const Tenant tenant_ = *Tenant::parse("a");
  std::string url_;
  std::unique_ptr<sql::Pool> pool_;
};

TEST_F(PgDecisionsTest, WhatIsLoggedIsReplayedBitForBit) {
  PgDecisions log(*pool_, metrics_);
  const auto user = UserId::make(clock_.now(), random_);
  std::vector<Decision> all;
  for (int i = 0; i < 50; ++i) all.push_back(decision(i % 2 ? user : UserId()));
  for (const auto& one : all) log.add(one);
  EXPECT_TRUE(*log.write());
  EXPECT_FALSE(*log.write());
  for (const auto& one : all) {
    const auto back = find(one.id);
    ASSERT_TRUE(back);
    EXPECT_TRUE(replays(*back));
    EXPECT_EQ(back->pool, one.pool);
    EXPECT_EQ(back->placed, one.placed);
    EXPECT_EQ(back->slotting, one.slotting);
    EXPECT_EQ(back->places, one.places);
    EXPECT_EQ(back->user, one.user);
    EXPECT_EQ(back->at, one.at);
    EXPECT_EQ(back->policy, "p");
  }
  EXPECT_EQ(counted("written"), 50);
  log.add(all[0]);  // the answer to a write was lost
  EXPECT_TRUE(*log.write());
  EXPECT_EQ(count("decision"), 50);
}

TEST_F(PgDecisionsTest, AFullQueueDropsAndCounts) {
  harness::TcpGate gate(harness::Postgres::shared().socket());
  sql::Pool pool({url_ + " host=127.0.0.1 port=" + std::to_string(gate.port()), "recommendation", 2},
                 metrics_);
  PgDecisions log(pool, metrics_);
  gate.cut();
  const auto one = decision();
  for (std::size_t i = 0; i < kLogQueue + 3; ++i) {
    auto copy = one;
    copy.id = DecisionId::make(clock_.now(), random_);
    log.add(std::move(copy));
  }
  EXPECT_EQ(counted("dropped"), 3);
  EXPECT_FALSE(log.write());  // nothing is lost by it
  gate.open();
  while (*log.write()) {
  }
  EXPECT_EQ(count("decision"), static_cast<std::int64_t>(kLogQueue));
  EXPECT_EQ(counted("dropped"), 3);
}

TEST_F(PgDecisionsTest, DaysArePartitionsThatComeAndGo) {
  PgDecisions log(*pool_, metrics_);
  const auto keep = [&] {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return keep_decision_days(tx, clock_.now(), 30); }));
  };
  log.add(decision());  // before there is a partition
  ASSERT_TRUE(log.write());
  EXPECT_EQ(count("decision_other"), 1);
  keep();
  keep();
  EXPECT_EQ(count("decision_other"), 0);
  clock_.advance(24h * 2);
  log.add(decision());
  ASSERT_TRUE(log.write());
  EXPECT_EQ(count("decision_20260103"), 1);
  clock_.advance(24h * 29);
  keep();
  EXPECT_EQ(count("decision"), 1);  // the first day is gone
}

}  // namespace
}  // namespace cliffhanger::recommendation
