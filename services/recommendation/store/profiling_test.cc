#include <gtest/gtest.h>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/store/pg_memory.h"

namespace cliffhanger::recommendation {
namespace {

class ProfilingTest : public testing::Test {
 protected:
  ProfilingTest() {
    const auto url = harness::Postgres::shared().new_database();
    EXPECT_TRUE(sql::migrate(url, "recommendation", embedded::recommendation_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 2}, metrics_);
  }
  bool refuses(UserId user, bool unasked = true, const char* tenant = "default") {
    const auto got = pool_->transact([&](sql::Tx& tx) {
      return PgMemory(tx, *Tenant::parse(tenant), unasked).refuses_profiling(user);
    });
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

}  // namespace
}  // namespace cliffhanger::recommendation
