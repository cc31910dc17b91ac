// What training reads of viewers who did not only play.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"
#include "services/recommendation/domain/test_model.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/store/pg_models.h"

namespace cliffhanger::recommendation {
namespace {

class TookPagesTest : public testing::Test {
 protected:
  TookPagesTest() {
    const auto url = harness::Postgres::shared().new_database();
    EXPECT_TRUE(sql::migrate(url, "recommendation", embedded::recommendation_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 2}, metrics_);
  }
  void change(const std::string& query) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); });
    ASSERT_TRUE(done) << done.error().message;
  }
  static std::string key(int viewer, int series) {
    return "'a', '" + viewer_named(viewer).text() + "', '" + series_named(series).text() + "'";
  }
  void play(int viewer, int series) {
    change("INSERT INTO viewing (tenant, user_id, series_id, seen_at) VALUES (" + key(viewer, series) +
           ", now())");
  }
  // So many of its episodes.
  void share(int viewer, int series, int episodes = 1, bool known_when = true) {
    change("INSERT INTO engagement SELECT " + key(viewer, series) +
           ", gen_random_uuid(), 0, 0, 0, 0, 0, 1, now(), " + (known_when ? "now()" : "NULL") +
           " FROM generate_series(1, " + std::to_string(episodes) + ")");
  }
  void like(int viewer, int series, int episodes) {
    change(
        "INSERT INTO reaction (tenant, user_id, series_id, subject, subject_id, reaction, is_set) SELECT " +
        key(viewer, series) + ", 'episode', gen_random_uuid(), 'like', true FROM generate_series(1, " +
        std::to_string(episodes) + ")");
  }
  std::vector<Took> read(int most) {
    std::vector<Took> out;
    for (TookAfter after; out.size() < 100; after = {out.back().viewer, out.back().series}) {
      const auto page =
          pool_->read([&](sql::Tx& tx) { return read_took(tx, *Tenant::parse("a"), after, most, true); });
      EXPECT_TRUE(page) << page.error().message;
      if (!page || page->empty()) break;
      out.insert(out.end(), page->begin(), page->end());
    }
    return out;
  }

  obs::Metrics metrics_;
  std::unique_ptr<sql::Pool> pool_;
};

TEST_F(TookPagesTest, WhatWasSharedIsThereAlsoIfItWasNeverPlayed) {
  share(0, 1, 2);
  share(1, 1, 1, false);  // when isn't known: of before that was kept
  share(2, 2);
  change("INSERT INTO consent (tenant, user_id, profiling, version) VALUES ('a', '" + viewer_named(2).text() +
         "', false, 1)");
  const auto all = read(100);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].viewer, viewer_named(0));
  EXPECT_EQ(all[0].series, series_named(1));
  EXPECT_EQ(all[0].shared, 2);
  EXPECT_EQ(all[0].started, 0);
  EXPECT_GT(all[0].at, Time());
}

// However long pages are, each pair is read once: of many episodes shared or liked, too, and beside a creator
// who is followed.
TEST_F(TookPagesTest, PagesHaveEachPairOnce) {
  for (int viewer = 0; viewer < 3; ++viewer) {
    for (int series = 0; series < 6; ++series) play(viewer, series);
    for (int series = 6; series < 9; ++series) share(viewer, series, 5);
    for (int series = 9; series < 12; ++series) like(viewer, series, 5);
    change("INSERT INTO reaction (tenant, user_id, subject, subject_id, reaction, is_set) VALUES ('a', '" +
           viewer_named(viewer).text() + "', 'creator', gen_random_uuid(), 'follow', true)");
  }
  for (const int most : {1, 2, 3, 4, 5, 7, 11, 13, 40}) {
    const auto all = read(most);
    EXPECT_EQ(all.size(), 36u) << most;
    for (int viewer = 0; viewer < 3; ++viewer)
      for (int series = 0; series < 12; ++series)
        EXPECT_EQ(std::ranges::count_if(all,
                                        [&](const Took& one) {
                                          return one.viewer == viewer_named(viewer) &&
                                                 one.series == series_named(series);
                                        }),
                  1)
            << most << ": " << viewer << ' ' << series;
  }
}

}  // namespace
}  // namespace cliffhanger::recommendation
