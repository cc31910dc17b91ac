// What is left when the database dies while many press at once.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/community/migrations.h"
#include "services/community/store/pg_board.h"

namespace cliffhanger::community {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 6;

class CrashTest : public testing::Test {
 protected:
  CrashTest() {
    const auto url = postgres_.new_database();
    EXPECT_TRUE(sql::migrate(url, "community", embedded::community_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "community", kThreads + 1}, metrics_);
    call_.caller.tenant = *Tenant::parse("default");
  }

  Result<void> like(const UserId& user) {
    return pool_->transact([&](sql::Tx& tx) -> Result<void> {
      CH_ASSIGN(const auto version,
                PgBoard(tx, call_.caller.tenant).set(user, thing_, Reaction::kLike, clock_.now()));
      if (version == 0) return {};
      return OutboxNews(tx, outbox_, call_).changed(user, thing_, Reaction::kLike, true, version);
    });
  }
  // Likes of new people until `stop`; who was told that it is done.
  void press(const std::atomic<bool>& stop, std::vector<UserId>& acknowledged) {
    while (!stop) {
      const auto user = UserId::make(clock_.now(), random_);
      if (like(user)) {
        acknowledged.push_back(user);
        ++done_;
      }
    }
  }
  std::int64_t number(const std::string& query) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); });
    return rows ? (*rows)[0].number(0) : -1;
  }
  void wait_for_likes(int wanted) {
    for (int i = 0; i < 2000 && done_ < wanted; ++i) std::this_thread::sleep_for(5ms);
    ASSERT_GE(done_, wanted);
  }

  harness::Postgres postgres_;  // of its own, since it dies
  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  std::unique_ptr<sql::Pool> pool_;
  Call call_;
  Subject thing_{Kind::kSeries, Uuid::from_name("series")};
  std::atomic<int> done_ = 0;
};

TEST_F(CrashTest, CounterReactionsAndEventsAgreeAfterEachPowerCut) {
  std::atomic<bool> stop = false;
  std::vector<std::vector<UserId>> acknowledged(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] { press(stop, acknowledged[static_cast<std::size_t>(i)]); });
  for (int cut = 1; cut <= 3; ++cut) {
    wait_for_likes(done_ + 50);
    postgres_.kill();
    postgres_.start();
  }
  wait_for_likes(done_ + 50);
  stop = true;
  for (auto& thread : threads) thread.join();

  const auto counted = number("SELECT likes FROM counter");
  EXPECT_GE(counted, done_);
  EXPECT_EQ(counted, number("SELECT count(*) FROM reaction"));
  EXPECT_EQ(counted, number("SELECT count(*) FROM outbox"));
  EXPECT_EQ(counted, number("SELECT version FROM counter"));
  std::int64_t missing = 0;
  for (const auto& some : acknowledged) {
    for (const auto& user : some) {
      missing += number("SELECT count(*) FROM reaction WHERE user_id = '" + user.text() + "'") == 1 ? 0 : 1;
    }
  }
  EXPECT_EQ(missing, 0) << "what was acknowledged is there";
}

}  // namespace
}  // namespace cliffhanger::community
