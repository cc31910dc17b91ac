// People who are erased: what they said is counted no more, in any number of turns, and nothing of others
// changes.
#include <gtest/gtest.h>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"
#include "services/community/domain/limits.h"
#include "services/community/migrations.h"
#include "services/community/store/pg_board.h"

namespace cliffhanger::community {
namespace {

class ForgetTest : public testing::Test {
 protected:
  ForgetTest() {
    const auto url = harness::Postgres::shared().new_database();
    EXPECT_TRUE(sql::migrate(url, "community", embedded::community_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "community", 4}, metrics_);
  }
  template <class Work>
  auto on_board(Work work) {
    return pool_->transact([&](sql::Tx& tx) {
      PgBoard board(tx, tenant_);
      return work(board);
    });
  }
  void set(const UserId& user, const Subject& subject, Reaction reaction) {
    EXPECT_TRUE(on_board([&](PgBoard& board) { return board.set(user, subject, reaction, clock_.now()); }));
  }
  std::string counts(const Subject& subject, const UserId& user) {
    const auto all = on_board([&](PgBoard& board) { return board.standings(user, {subject}); });
    EXPECT_TRUE(all);
    const auto& c = all->at(0).counts;
    return std::to_string(c.likes) + std::to_string(c.favourites) + std::to_string(c.follows);
  }
  UserId someone() { return UserId::make(clock_.now(), random_); }

  obs::Metrics metrics_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<sql::Pool> pool_;
  const Tenant tenant_ = *Tenant::parse("default");
};

TEST_F(ForgetTest, WhatWasSaidIsCountedNoMore) {
  const auto ada = someone(), guest = someone(), bob = someone();
  const Subject series{Kind::kSeries, Uuid::v7(clock_.now(), random_)},
      other{Kind::kEpisode, Uuid::v7(clock_.now(), random_)};
  for (const auto& user : {ada, guest, bob}) set(user, series, Reaction::kLike);
  set(ada, series, Reaction::kFollow);
  set(guest, other, Reaction::kFavourite);
  EXPECT_EQ(counts(series, bob), "301");
  for (int i = 0; i < 2; ++i) {
    const auto more = on_board([&](PgBoard& board) { return board.forget({ada, guest}); });
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_FALSE(*more);
    EXPECT_EQ(counts(series, bob), "100") << "again: nothing";
    EXPECT_EQ(counts(other, bob), "000");
  }
}

TEST_F(ForgetTest, ManyGoInTurns) {
  const auto ada = someone();
  EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text(
        "WITH s AS (SELECT gen_random_uuid() AS id FROM generate_series(1, " +
        std::to_string(kForgetAtOnce + 5) +
        ")), c AS (INSERT INTO counter (tenant, kind, subject_id, likes) SELECT 'default', 'series', id, "
        "1 FROM s) INSERT INTO reaction SELECT 'default', '" +
        ada.text() + "', 'like', 'series', id, now() FROM s");
  }));
  const auto turn = [&] { return *on_board([&](PgBoard& board) { return board.forget({ada}); }); };
  EXPECT_TRUE(turn());
  EXPECT_FALSE(turn());
  const auto left = pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("SELECT (SELECT count(*) FROM reaction) + (SELECT sum(likes) FROM counter)");
  });
  EXPECT_EQ((*left)[0].number(0), 0);
}

}  // namespace
}  // namespace cliffhanger::community
