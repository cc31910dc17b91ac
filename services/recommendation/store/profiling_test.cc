#include <gtest/gtest.h>

#include <future>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/store/pg_decisions.h"
#include "services/recommendation/store/pg_memory.h"

namespace cliffhanger::recommendation {
namespace {

class ProfilingTest : public testing::Test {
 protected:
  ProfilingTest() {
    url_ = harness::Postgres::shared().new_database();
    EXPECT_TRUE(sql::migrate(url_, "recommendation", embedded::recommendation_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url_, "recommendation", 2}, metrics_);
  }
  bool refuses(UserId user, bool unasked = true, const char* tenant = "default") {
    const auto got = pool_->transact(
        [&](sql::Tx& tx) { return PgMemory(tx, *Tenant::parse(tenant), unasked).refuses_profiling(user); });
    EXPECT_TRUE(got);
    return got && *got;
  }
  void hear(UserId user, bool profiling, std::int64_t version) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return PgMemory(tx, *Tenant::parse("default"), true).hear_consent(user, profiling, version);
    }));
  }
  void merge(UserId guest, UserId account) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("INSERT INTO merged VALUES ('default', '" + guest.text() + "', '" + account.text() +
                         "')");
    }));
  }
  UserId someone() { return UserId::make(SystemClock().now(), random_); }

  obs::Metrics metrics_;
  SystemRandom random_;
  std::string url_;
  std::unique_ptr<sql::Pool> pool_;
};

TEST_F(ProfilingTest, WhoSaidNothingIsAsTheHouseHasIt) {
  EXPECT_FALSE(refuses(someone(), true));
  EXPECT_TRUE(refuses(someone(), false));
}

TEST_F(ProfilingTest, TheLatestDecisionHoldsWhateverComesLate) {
  const auto user = someone();
  hear(user, false, 2);
  EXPECT_TRUE(refuses(user));
  EXPECT_FALSE(refuses(user, true, "elsewhere"));
  hear(user, true, 1);
  EXPECT_TRUE(refuses(user)) << "late news";
  hear(user, true, 3);
  EXPECT_FALSE(refuses(user, false));
}

TEST_F(ProfilingTest, AGuestWhoSignedInHasTheAccountsDecision) {
  const auto guest = someone(), account = someone();
  hear(guest, true, 1);
  hear(account, false, 1);
  EXPECT_FALSE(refuses(guest));
  merge(guest, account);
  EXPECT_TRUE(refuses(guest));
}

// Whose consent ends is named by no page that was logged, nor by one that still waits to be; others are.
TEST_F(ProfilingTest, ARefusalTakesTheNameOffTheLog) {
  const auto user = someone(), guest = someone(), other = someone();
  PgDecisions log(*pool_, metrics_);
  const auto page_of = [&](UserId of) {
    Decision page;
    page.id = DecisionId::make(SystemClock().now(), random_);
    page.tenant = *Tenant::parse("default");
    page.user = of;
    page.at = SystemClock().now();
    log.add(page);
    EXPECT_TRUE(log.write());
    return page.id;
  };
  const auto named = [&](DecisionId id) {
    const auto found =
        pool_->read([&](sql::Tx& tx) { return find_decision(tx, *Tenant::parse("default"), id); });
    EXPECT_TRUE(found && *found);
    return !(*found)->user.empty();
  };
  merge(guest, user);
  const auto theirs = page_of(user), as_guest = page_of(guest), others = page_of(other);
  EXPECT_TRUE(named(theirs) && named(as_guest) && named(others));
  hear(user, false, 1);
  EXPECT_FALSE(named(theirs) || named(as_guest));
  EXPECT_TRUE(named(others));
  EXPECT_FALSE(named(page_of(user)) || named(page_of(guest))) << "made before the refusal, written after it";
  hear(user, true, 2);
  EXPECT_TRUE(named(page_of(user)));
}

// Also of a log of millions of pages those of one person are found by their index, however often that was
// asked.
TEST_F(ProfilingTest, ARefusalReadsNobodyElsesPages) {
  sql::Pool alone(sql::PoolConfig{url_, "recommendation", 1}, metrics_);
  const auto user = someone(), guest = someone();
  const auto run = [&](const std::string& text) {
    const auto rows = alone.transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  };
  merge(guest, user);
  run("SELECT make_decision_day('2026-11-01'), make_decision_day('2026-11-02')");
  const auto pages = [&](const std::string& whose, int count) {
    run("INSERT INTO decision (day, tenant, decision_id, user_id, made_at, policy, model, seed, pool, shown) "
        "SELECT date '2026-11-01' + n % 3, 'default', gen_random_uuid(), " +
        whose + ", now(), '', '', 0, '', '' FROM generate_series(1, " + std::to_string(count) + ") n");
    run("INSERT INTO engagement SELECT 'default', " + whose +
        ", gen_random_uuid(), gen_random_uuid(), 0, 0, 0, 0, 0, 1, now(), now() FROM generate_series(1, " +
        std::to_string(count) + ")");
  };
  pages("gen_random_uuid()", 9000);
  pages("'" + user.text() + "'", 3);
  pages("'" + guest.text() + "'", 3);
  run("INSERT INTO merged SELECT 'default', gen_random_uuid(), gen_random_uuid() FROM generate_series(1, "
      "5000)");
  run("ANALYZE");
  for (int version = 1; version <= 8; ++version)
    ASSERT_TRUE(alone.transact([&](sql::Tx& tx) {
      return PgMemory(tx, *Tenant::parse("default"), true).hear_consent(user, false, version);
    }));
  run("SELECT pg_stat_force_next_flush()");
  for (const std::string table : {"decision", "engagement", "merged"})
    EXPECT_LE(std::stoi(run("SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables WHERE relname "
                            "LIKE '" +
                            table + "%'")),
              50)
        << table;
  EXPECT_EQ(run("SELECT count(*) FROM decision WHERE user_id IS NULL"), "6");
  EXPECT_EQ(run("SELECT count(*) FROM engagement"), "9000");
}

// A page that is just being written when its viewer refuses is named before or after, and no more in the end.
TEST_F(ProfilingTest, ARefusalWaitsForPagesThatAreBeingWritten) {
  sql::Pool pool(sql::PoolConfig{url_, "recommendation", 4}, metrics_);
  const auto run = [&](const std::string& text) {
    const auto rows = pool.transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  };
  run("CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$");
  run("CREATE TRIGGER held BEFORE INSERT ON decision FOR EACH ROW EXECUTE FUNCTION held()");
  const auto waiting = [&] {
    return run(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())");
  };
  const auto user = someone();
  PgDecisions log(pool, metrics_);
  Decision page;
  page.id = DecisionId::make(SystemClock().now(), random_);
  page.tenant = *Tenant::parse("default");
  page.user = user;
  page.at = SystemClock().now();
  log.add(page);
  std::future<Result<bool>> writing;
  std::future<Result<void>> refusing;
  const auto held = pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("SELECT pg_advisory_xact_lock(1)"));
    writing = std::async(std::launch::async, [&] { return log.write(); });
    while (waiting() != "1" && writing.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
    }
    refusing = std::async(std::launch::async, [&] {
      return pool.transact(
          [&](sql::Tx& of) { return PgMemory(of, page.tenant, true).hear_consent(user, false, 1); });
    });
    while (waiting() != "2" && refusing.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
    }
    return {};
  });
  EXPECT_TRUE(held);
  EXPECT_TRUE(writing.get());
  EXPECT_TRUE(refusing.get());
  EXPECT_EQ(run("SELECT count(*) || ' ' || count(user_id) FROM decision"), "1 0");
}

TEST_F(ProfilingTest, WhoSignsInToAnAccountThatRefusesBringsNothingToLearnFrom) {
  const auto guest = someone(), account = someone(), other = someone();
  const auto insert = [&](UserId of) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("INSERT INTO engagement VALUES ('default', '" + of.text() + "', '" + guest.text() +
                         "', '" + guest.text() + "', 0, 0, 0, 0, 0, 1, now(), now())");
    }));
  };
  insert(guest);
  insert(other);
  hear(account, false, 1);
  EXPECT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return PgMemory(tx, *Tenant::parse("default"), true).merge(guest, account); }));
  const auto left = pool_->read([](sql::Tx& tx) { return tx.run_text("SELECT user_id FROM engagement"); });
  ASSERT_TRUE(left);
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ((*left)[0].text(0), other.text());
}

}  // namespace
}  // namespace cliffhanger::recommendation
