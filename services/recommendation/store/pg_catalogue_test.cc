#include "services/recommendation/store/pg_catalogue.h"

#include <gtest/gtest.h>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "libs/testing/tcp_gate.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/store/pg_memory.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class PgCatalogueTest : public testing::Test {
 protected:
  PgCatalogueTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "recommendation", embedded::recommendation_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 4}, metrics_);
    catalogue_ = std::make_unique<PgCatalogue>(*pool_, clock_, PgCatalogue::Config());
  }
  template <class Work>
  void in(const Tenant& tenant, Work work) {
    const auto done = pool_->transact([&](sql::Tx& tx) -> Result<void> {
      PgMemory memory(tx, tenant);
      return work(memory);
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  void keep(SeriesId id, bool published, std::int64_t version, std::vector<std::string> tags = {}) {
    in(a_, [&](PgMemory& memory) {
      return memory.keep(SeriesFact{id, owner_, published, clock_.now(), version, tags, "en"});
    });
  }
  SeriesId series(std::vector<std::string> tags = {}) {
    const auto id = SeriesId::make(clock_.now(), random_);
    keep(id, true, 1, std::move(tags));
    in(a_, [&](PgMemory& memory) {
      return memory.keep(EpisodeFact{EpisodeId::make(clock_.now(), random_), id, 1, true, 1});
    });
    return id;
  }
  void warm(SeriesId id, double score) {
    in(a_, [&](PgMemory& memory) -> Result<void> {
      CH_TRY(memory.lock_warmth(id));
      return memory.save(id, Warmth{{score, clock_.now()}, {}});
    });
  }
  std::shared_ptr<const Catalogue> refreshed() {
    EXPECT_TRUE(catalogue_->refresh());
    return catalogue_->of(a_);
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  const Tenant a_ = *Tenant::parse("a"), b_ = *Tenant::parse("b");
  const UserId owner_ = UserId::make(clock_.now(), random_);
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<PgCatalogue> catalogue_;
};

TEST_F(PgCatalogueTest, FollowsWhatChanges) {
  EXPECT_EQ(refreshed()->size(), 0u);
  const auto one = series({"revenge"});
  const auto empty = SeriesId::make(clock_.now(), random_);
  keep(empty, true, 1);  // no episode yet: nothing to begin with
  const auto first = refreshed();
  ASSERT_EQ(first->size(), 1u);
  EXPECT_EQ((*first)[0].id, one);
  EXPECT_EQ((*first)[0].owner, owner_);
  EXPECT_FALSE((*first)[0].first.empty());
  EXPECT_EQ(first->tag_name((*first)[0].tags()[0]), "revenge");
  const auto two = series();
  keep(one, false, 2);  // withdrawn
  const auto second = refreshed();
  ASSERT_EQ(second->size(), 1u);
  EXPECT_EQ((*second)[0].id, two);
  EXPECT_EQ(first->size(), 1u);  // who still reads the old one is not disturbed
  EXPECT_EQ(catalogue_->of(b_)->size(), 0u);
  EXPECT_EQ(refreshed(), second);  // nothing changed, nothing is made
}

TEST_F(PgCatalogueTest, PopularityAloneMayWait) {
  const auto cold = series();
  clock_.advance(1s);
  const auto late = series();
  EXPECT_EQ((*refreshed())[refreshed()->popular()[0]].id, late);
  warm(cold, 5);
  EXPECT_EQ((*refreshed())[refreshed()->popular()[0]].id, late);
  clock_.advance(5s);
  EXPECT_EQ((*refreshed())[refreshed()->popular()[0]].id, cold);
}

TEST_F(PgCatalogueTest, ATransactionThatEndsLateIsNotMissed) {
  series();
  EXPECT_EQ(refreshed()->size(), 1u);
  const auto late = SeriesId::make(clock_.now(), random_);
  in(a_, [&](PgMemory& memory) -> Result<void> {
    CH_TRY(memory.keep(SeriesFact{late, owner_, true, clock_.now(), 1, {}, ""}));
    CH_TRY(memory.keep(EpisodeFact{EpisodeId::make(clock_.now(), random_), late, 1, true, 1}));
    series();  // begun later, ended earlier
    EXPECT_EQ(refreshed()->size(), 2u);
    return {};
  });
  EXPECT_EQ(refreshed()->size(), 3u);
}

TEST_F(PgCatalogueTest, RowsThatWentAwayAreNoticedWhenAllIsReadAnew) {
  series();
  EXPECT_EQ(refreshed()->size(), 1u);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("DELETE FROM series"); }));
  EXPECT_EQ(refreshed()->size(), 1u);
  clock_.advance(15min);
  EXPECT_EQ(refreshed()->size(), 0u);
}

TEST_F(PgCatalogueTest, TheLastOneStandsWhileTheDatabaseIsAway) {
  harness::TcpGate gate(harness::Postgres::shared().socket());
  auto config = pool_->config();
  config.url += " host=127.0.0.1 port=" + std::to_string(gate.port());  // what comes last counts
  sql::Pool pool(config, metrics_);
  PgCatalogue catalogue(pool, clock_, {});
  series();
  ASSERT_TRUE(catalogue.refresh());
  gate.cut();
  EXPECT_FALSE(catalogue.refresh());
  EXPECT_EQ(catalogue.of(a_)->size(), 1u);
  gate.open();
  series();
  ASSERT_TRUE(catalogue.refresh());
  EXPECT_EQ(catalogue.of(a_)->size(), 2u);
}

}  // namespace
}  // namespace cliffhanger::recommendation
