#include "libs/sql/sql.h"

#include <gtest/gtest.h>

#include <thread>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/sql/patience.h"
#include "libs/sql/unit_of_work.h"
#include "libs/sql/work_queue.h"
#include "libs/testing/servers.h"
#include "libs/testing/tcp_gate.h"

namespace cliffhanger::sql {
namespace {

using namespace std::chrono_literals;

// Stands in for a protobuf message.
struct Text {
  std::string value;
  bool ParseFromString(const std::string& raw) { value = raw; return true; }
  std::string SerializeAsString() const { return value; }
};

class SqlTest : public testing::Test {
 protected:
  SqlTest() : url_(harness::Postgres::shared().new_database()) {
    const auto migrated = migrate(url_, "demo", {});
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<Pool>(PoolConfig{url_, "demo", 4, 2000ms, 500ms}, metrics_);
  }
  Call call(std::string key, std::string hash) {
    Call c;
    c.caller = {*Tenant::parse("default"), Role::kViewer, UserId(), "", false};
    c.method = "m";
    c.idempotency_key = std::move(key);
    c.request_hash = std::move(hash);
    return c;
  }
  void text(const std::string& sql) {
    const auto done = pool_->transact([&](Tx& tx) { return tx.run_text(sql); });
    ASSERT_TRUE(done) << done.error().breadcrumbs.front();
  }
  std::int64_t number(const std::string& sql) {
    return pool_->transact([&](Tx& tx) { return tx.run_text(sql); })->operator[](0).number(0);
  }
  NewTask task(std::string lane, int priority = 100) {
    return {TaskId::make(clock_.now(), random_), *Tenant::parse("default"), "encode", std::move(lane), priority,
            Uuid::v7(clock_.now(), random_), "{}", 2};
  }
  std::optional<Task> lease(std::chrono::milliseconds time = 60s) {
    return pool_->transact([&](Tx& tx) { return lease_task(tx, {"encode"}, "w", time); })->task;
  }

  std::string url_;
  obs::Metrics metrics_;
  std::unique_ptr<Pool> pool_;
  SystemRandom random_;
  SystemClock clock_;
};

// Who waits for what is urgent takes nothing else, however idle.
TEST_F(SqlTest, ReadingTakesNoTransaction) {
  text("CREATE TABLE t (n int)");
  text("INSERT INTO t VALUES (7)");
  bool told = false;
  const auto found = pool_->read([&](Tx& tx) -> Result<std::int64_t> {
    tx.after_commit([&] { told = true; });
    CH_ASSIGN(const Rows first, tx.run(Query{"state", "SELECT n, pg_current_xact_id_if_assigned() IS NULL, now() FROM t"}));
    CH_ASSIGN(const Rows second, tx.run(Query{"state", "SELECT n, pg_current_xact_id_if_assigned() IS NULL, now() FROM t"}));
    EXPECT_NE(first[0].text(2), second[0].text(2)) << "the time that a transaction began";
    return first[0].number(0);
  });
  ASSERT_TRUE(found) << found.error().reason;
  EXPECT_EQ(*found, 7);
  EXPECT_TRUE(told);
}

TEST_F(SqlTest, ReadingChangesAndLocksNothing) {
  text("CREATE TABLE t (n int)");
  for (const char* change : {"INSERT INTO t VALUES (1)", "UPDATE t SET n = 2", "DELETE FROM t", "SELECT n FROM t FOR UPDATE", "TRUNCATE t",
                             "WITH gone AS (DELETE FROM t RETURNING n) SELECT n FROM gone", "SELECT pg_advisory_xact_lock(1)"}) {
    const auto done = pool_->read([&](Tx& tx) { return tx.run(Query{change, change}); });
    ASSERT_FALSE(done) << change;
    EXPECT_EQ(done.error().reason, "DATABASE_READ_ONLY") << change;
  }
  EXPECT_EQ(number("SELECT count(*) FROM t"), 0);
}

TEST_F(SqlTest, ReadingFailsAsTransactionsDo) {
  const auto unknown = pool_->read([](Tx& tx) { return tx.run_text("SELECT * FROM nowhere"); });
  EXPECT_EQ(unknown.error().reason, "DATABASE_ERROR");
  const auto thrown = pool_->read([](Tx&) -> Result<void> { throw std::runtime_error("oops"); });
  EXPECT_EQ(thrown.error().reason, "UNEXPECTED_EXCEPTION");
  EXPECT_TRUE(pool_->read([](Tx& tx) { return tx.run_text("SELECT 1"); }));
}

TEST_F(SqlTest, AWorkerMayTakeUrgentTasksAlone) {
  const auto add = [&](int priority) {
    const NewTask one = task("a", priority);
    EXPECT_TRUE(pool_->transact([&](Tx& tx) { return add_task(tx, one); }));
    return one.id;
  };
  const auto urgent = [&] {
    return pool_->transact([&](Tx& tx) { return lease_task(tx, {"encode"}, "w", 60s, 20); })->task;
  };
  add(21);
  EXPECT_FALSE(urgent());
  const TaskId wanted = add(20);
  EXPECT_EQ(urgent()->id, wanted);
  EXPECT_FALSE(urgent());
  EXPECT_TRUE(lease());
}

TEST_F(SqlTest, ValuesRoundTrip) {
  constexpr Query kEcho{"echo", "SELECT $1::text, $2::bigint, $3::bool, $4::timestamptz, $5::bytea, $6::text[], "
                                "$7::uuid, $8::text, $9::float8"};
  const auto id = Uuid::v7(clock_.now(), random_);
  const auto time = from_micros(1'795'339'800'120'000);
  const std::string raw("\0\xff\\", 3);
  const std::vector<std::string> list{"a", "with \"quotes\" and \\", "ü,{}"};
  const auto done = pool_->transact([&](Tx& tx) -> Result<void> {
    CH_ASSIGN(const Rows rows, tx.run(kEcho, "it's", 1LL << 60, true, time, Param::bytes(raw), list, id,
                                      std::nullopt, 0.1));
    EXPECT_EQ(rows[0].text(0), "it's");
    EXPECT_EQ(rows[0].number(1), 1LL << 60);
    EXPECT_TRUE(rows[0].flag(2));
    EXPECT_EQ(rows[0].time(3), time);
    EXPECT_EQ(rows[0].bytes(4), raw);
    EXPECT_EQ(rows[0].texts(5), list);
    EXPECT_EQ(rows[0].uuid(6), id);
    EXPECT_TRUE(rows[0].is_null(7));
    EXPECT_EQ(rows[0].real(8), 0.1);
    return {};
  });
  EXPECT_TRUE(done);
}

TEST_F(SqlTest, FailedWorkLeavesNothing) {
  text("CREATE TABLE t (n int PRIMARY KEY)");
  const auto done = pool_->transact([](Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("INSERT INTO t VALUES (1)"));
    return fail(precondition("NO", "No."));
  });
  EXPECT_EQ(done.error().reason, "NO");
  EXPECT_EQ(number("SELECT count(*) FROM t"), 0);
  text("INSERT INTO t VALUES (1)");
  const auto twice = pool_->transact([](Tx& tx) { return tx.run_text("INSERT INTO t VALUES (1)"); });
  EXPECT_EQ(twice.error().code, Code::kAlreadyExists);
}

TEST_F(SqlTest, AFaultOfTheWorkIsNotTheDatabases) {
  const auto done = pool_->transact([](Tx&) -> Result<void> { throw std::runtime_error("oops"); });
  EXPECT_EQ(done.error().reason, "UNEXPECTED_EXCEPTION");
  EXPECT_TRUE(pool_->ping());
}

TEST_F(SqlTest, SlowStatementsAndFullPoolsGiveUp) {
  Pool small(PoolConfig{url_, "demo", 1, 100ms, 100ms}, metrics_);
  const auto slow = small.transact([](Tx& tx) { return tx.run_text("SELECT pg_sleep(5)"); });
  EXPECT_EQ(slow.error().reason, "DATABASE_TIMEOUT");
  const auto nested = small.transact([&](Tx&) { return small.ping(); });
  EXPECT_EQ(nested.error().reason, "DATABASE_BUSY");
  EXPECT_TRUE(small.ping());
}

TEST_F(SqlTest, ComesBackAfterTheServerDied) {
  harness::Postgres server;
  Pool pool(PoolConfig{server.new_database(), "public", 4, 2000ms, 500ms}, metrics_);
  ASSERT_TRUE(pool.ping());
  server.kill();
  EXPECT_EQ(pool.ping().error().reason, "DATABASE_UNAVAILABLE");
  server.start();
  EXPECT_TRUE(pool.ping());
}

TEST_F(SqlTest, ComesBackAfterTheNetworkWasCut) {
  harness::TcpGate gate(harness::Postgres::shared().socket());
  const std::string database = url_.substr(url_.find("dbname="));
  Pool pool(PoolConfig{"host=127.0.0.1 port=" + std::to_string(gate.port()) + " user=postgres " + database, "demo", 4,
                       2000ms, 500ms},
            metrics_);
  ASSERT_TRUE(pool.ping());
  gate.cut();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pool.ping().error().reason, "DATABASE_UNAVAILABLE");
  gate.open();
  EXPECT_TRUE(pool.ping());
  EXPECT_GE(gate.taken(), 2);
}

// A server that takes connections and bytes and says nothing: a wait for it ends with the budget, and nothing of it is left behind.
TEST_F(SqlTest, ReadsWithinABudgetThoughTheServerSaysNothing) {
  harness::TcpGate gate(harness::Postgres::shared().socket());
  const std::string database = url_.substr(url_.find("dbname="));
  Pool pool(PoolConfig{"host=127.0.0.1 port=" + std::to_string(gate.port()) + " user=postgres " + database, "demo", 2,
                       2000ms, 500ms},
            metrics_);
  const auto ask = [&](std::chrono::milliseconds limit) {
    const Patience patience(limit);
    return pool.read([](Tx& tx) { return tx.run_text("SELECT 7"); });
  };
  ASSERT_EQ((*ask(10s))[0].number(0), 7);
  gate.hold();
  EXPECT_EQ(ask(50ms).error().reason, "DATABASE_SLOW");  // the connection that there was
  EXPECT_EQ(ask(50ms).error().reason, "DATABASE_BUSY");  // a new one
  EXPECT_EQ(ask(50ms).error().code, Code::kUnavailable);
  EXPECT_EQ(ask(50ms).error().reason, "DATABASE_BUSY");  // both are being opened
  gate.open();
  for (int i = 0; i < 4; ++i) EXPECT_EQ((*ask(10s))[0].number(0), 7);
  EXPECT_LE(gate.taken(), 3);  // those that came too late are in use
}

TEST_F(SqlTest, WithinABudgetWhatTakesLongerFailsAndTheNextDoesNot) {
  const auto ask = [&](std::chrono::milliseconds limit, const char* text) {
    const Patience patience(limit);
    return pool_->transact([&](Tx& tx) { return tx.run_text(text); });
  };
  ASSERT_TRUE(ask(60s, "SELECT 1"));  // so there is a connection
  EXPECT_EQ(ask(50ms, "SELECT pg_sleep(60)").error().reason, "DATABASE_SLOW");
  EXPECT_EQ((*ask(60s, "SELECT 1"))[0].number(0), 1);
  EXPECT_EQ(ask(60s, "SELECT no").error().reason, "DATABASE_ERROR");  // wrong is not slow
  const Patience longer(90s);
  EXPECT_EQ(ask(50ms, "SELECT pg_sleep(60)").error().reason, "DATABASE_SLOW");
  EXPECT_EQ((*pool_->read([](Tx& tx) { return tx.run_text("SELECT 1"); }))[0].number(0), 1);  // the longer one again
}

TEST_F(SqlTest, ABudgetIsNoWaitForADatabaseThatIsGone) {
  harness::Postgres server;
  Pool pool(PoolConfig{server.new_database(), "public", 2, 2000ms, 500ms}, metrics_);
  const Patience patience(60s);
  ASSERT_TRUE(pool.ping());
  server.kill();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pool.ping().error().reason, "DATABASE_UNAVAILABLE");
  server.start();
  EXPECT_TRUE(pool.ping());
}

TEST_F(SqlTest, MigrationsRunOnceAndMayNotChange) {
  const embedded::File first[] = {{"V0001__a.sql", "CREATE TABLE a (n int)"}};
  const embedded::File changed[] = {{"V0001__a.sql", "CREATE TABLE a (n bigint)"}};
  const embedded::File broken[] = {{"V0001__a.sql", "CREATE TABLE a (n int)"}, {"V0002__b.sql", "CREATE"}};
  EXPECT_EQ(*migrate(url_, "demo", first), 1);
  EXPECT_EQ(*migrate(url_, "demo", first), 0);
  EXPECT_EQ(migrate(url_, "demo", changed).error().reason, "MIGRATION_CHANGED");
  EXPECT_EQ(migrate(url_, "demo", broken).error().reason, "MIGRATION_FAILED");
}

TEST_F(SqlTest, SameKeyGetsTheSameAnswerAndOtherRequestsAreRefused) {
  int runs = 0;
  const auto handler = in_transaction(*pool_, [&](Tx&, const Call&, const Text& in) -> Result<Text> {
    ++runs;
    return Text{in.value + std::to_string(runs)};
  });
  EXPECT_EQ(handler(call("k", "h"), {"a"})->value, "a1");
  EXPECT_EQ(handler(call("k", "h"), {"a"})->value, "a1");
  EXPECT_EQ(handler(call("k", "other"), {"b"}).error().reason, "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(handler(call("", ""), {"a"})->value, "a2");
  const auto outer = in_transaction(*pool_, [&](Tx&, const Call& c, const Text& in) -> Result<Text> {
    const auto inner = handler(c, in);
    EXPECT_EQ(inner.error().reason, "IDEMPOTENCY_IN_PROGRESS");
    return Text{};
  });
  EXPECT_TRUE(outer(call("k2", "h"), {"a"}));
}

TEST_F(SqlTest, TasksAreLeasedOnceAndFencedByEpoch) {
  const auto one = task("a");
  ASSERT_TRUE(pool_->transact([&](Tx& tx) { return add_task(tx, one); }));
  ASSERT_TRUE(pool_->transact([&](Tx& tx) { return add_task(tx, one); }));  // again: nothing
  const auto slow = lease(1ms);
  ASSERT_TRUE(slow);
  std::this_thread::sleep_for(20ms);
  const auto taken_over = lease();
  ASSERT_TRUE(taken_over);
  EXPECT_GT(taken_over->epoch, slow->epoch);
  EXPECT_FALSE(lease());
  EXPECT_EQ(pool_->transact([&](Tx& tx) { return complete_task(tx, *slow); }).error().reason, "LEASE_LOST");
  EXPECT_TRUE(pool_->transact([&](Tx& tx) { return extend_lease(tx, *taken_over, 60s); }));
  EXPECT_TRUE(pool_->transact([&](Tx& tx) { return complete_task(tx, *taken_over); }));
  EXPECT_FALSE(lease());
}

TEST_F(SqlTest, TasksDieAfterTheirAttemptsAndCanBeReplayed) {
  const auto one = task("a");
  ASSERT_TRUE(pool_->transact([&](Tx& tx) { return add_task(tx, one); }));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(lease(1ms));
    std::this_thread::sleep_for(20ms);
  }
  const auto after = pool_->transact([&](Tx& tx) { return lease_task(tx, {"encode"}, "w", 60s); });
  EXPECT_FALSE(after->task);
  ASSERT_EQ(after->died.size(), 1u);
  const auto tenant = *Tenant::parse("default");
  const auto dead = pool_->transact([&](Tx& tx) { return list_dead(tx, tenant, std::nullopt, 10); });
  ASSERT_EQ(dead->size(), 1u);
  EXPECT_EQ(dead->front().reason, "LEASE_RAN_OUT");
  EXPECT_EQ(dead->front().tenant, tenant);
  const auto other = *Tenant::parse("other");
  EXPECT_EQ(pool_->transact([&](Tx& tx) { return replay_dead(tx, other, one.id); }).error().reason, "TASK_NOT_FOUND");
  EXPECT_TRUE(pool_->transact([&](Tx& tx) { return replay_dead(tx, tenant, one.id); }));
  const auto again = lease();
  ASSERT_TRUE(again);
  EXPECT_TRUE(*pool_->transact([&](Tx& tx) { return fail_task(tx, *again, internal("X", "x"), true); }));
}

TEST_F(SqlTest, ReleasedTasksAreNoAttempts) {
  const auto one = task("a");
  ASSERT_TRUE(pool_->transact([&](Tx& tx) { return add_task(tx, one); }));
  for (int i = 0; i < 5; ++i) {  // more often than it has attempts
    const auto leased = lease();
    ASSERT_TRUE(leased);
    EXPECT_EQ(leased->attempts, 1);
    ASSERT_TRUE(pool_->transact([&](Tx& tx) { return release_task(tx, *leased, 0ms); }));
    EXPECT_EQ(pool_->transact([&](Tx& tx) { return complete_task(tx, *leased); }).error().reason, "LEASE_LOST");
  }
}

TEST_F(SqlTest, LanesShareAndUrgentTasksGoFirst) {
  const auto a1 = task("a"), a2 = task("a"), b1 = task("b"), urgent = task("a", 1);
  ASSERT_TRUE(pool_->transact([&](Tx& tx) -> Result<void> {
    for (const auto* t : {&a1, &a2, &b1, &urgent}) CH_TRY(add_task(tx, *t));
    return {};
  }));
  EXPECT_EQ(lease()->id, urgent.id);  // lane a runs one now
  EXPECT_EQ(lease()->id, b1.id);
  EXPECT_EQ(lease()->id, a1.id);
  EXPECT_EQ(*pool_->transact([&](Tx& tx) { return cancel_tasks(tx, a2.subject); }), 1);
  EXPECT_FALSE(lease());
}

}  // namespace
}  // namespace cliffhanger::sql
