#include <gtest/gtest.h>

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
    const auto url = harness::Postgres::shared().new_database();
    EXPECT_TRUE(sql::migrate(url, "recommendation", embedded::recommendation_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 2}, metrics_);
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
