#include "services/insight/store/forget.h"

#include <gtest/gtest.h>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"
#include "services/insight/migrations.h"

namespace cliffhanger::insight {
namespace {

TEST(Forget, TakesBucketsByTheIdAndHasProfilesMadeAnew) {
  obs::Metrics metrics;
  SystemRandom random;
  const auto url = harness::Postgres::shared().new_database();
  ASSERT_TRUE(sql::migrate(url, "insight", embedded::insight_migrations));
  sql::Pool pool(sql::PoolConfig{url, "insight", 2}, metrics);
  const auto who = UserId::make(SystemClock().now(), random),
             other = UserId::make(SystemClock().now(), random);
  const auto run = [&](const std::string& text) {
    const auto rows = pool.transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  };
  const std::string seen = "00000000-0000-7000-8000-000000000001",
                    unseen = "00000000-0000-7000-8000-000000000002";
  run("INSERT INTO sticky_bucket VALUES ('default', 'id', '" + who.text() +
      "', 'a__0', 'x'), "
      "('default', 'id', '" +
      other.text() + "', 'a__0', 'x'), ('default', 'deviceId', '" + who.text() +
      "', 'a__0', 'x'), ('elsewhere', 'id', '" + who.text() + "', 'a__0', 'x')");
  run("INSERT INTO watching (tenant, episode_id, user_id, revision_id, first_time, last_time, reached_time, "
      "origin_time) "
      "VALUES ('default', '" +
      seen + "', '" + who.text() + "', '" + seen + "', now(), now(), now(), now())");
  run("INSERT INTO profile (tenant, episode_id, stale) VALUES ('default', '" + seen +
      "', false), ('default', '" + unseen + "', false)");
  const Tenant tenant = *Tenant::parse("default");
  for (int twice = 0; twice < 2; ++twice)
    ASSERT_TRUE(pool.transact([&](sql::Tx& tx) { return forget(tx, tenant, {who}); }));
  EXPECT_EQ(run("SELECT string_agg(tenant || value, ' ' ORDER BY tenant) FROM sticky_bucket"),
            "default" + other.text() + " elsewhere" + who.text());
  EXPECT_EQ(run("SELECT string_agg(episode_id::text, ' ') FROM profile WHERE stale"), seen);
}

// Also of a million people the buckets of one are found by their index.
TEST(Forget, ReadsNobodyElsesBuckets) {
  obs::Metrics metrics;
  SystemRandom random;
  const auto url = harness::Postgres::shared().new_database();
  ASSERT_TRUE(sql::migrate(url, "insight", embedded::insight_migrations));
  sql::Pool pool(sql::PoolConfig{url, "insight", 1}, metrics);
  const auto who = UserId::make(SystemClock().now(), random);
  const auto run = [&](const std::string& text) {
    const auto rows = pool.transact([&](sql::Tx& tx) { return tx.run_text(text); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows && !rows->empty() ? (*rows)[0].text(0) : "";
  };
  run("INSERT INTO sticky_bucket SELECT 'default', 'id', md5(n::text)::uuid::text, 'a__0', 'x' FROM "
      "generate_series(1, 5000) n");
  run("INSERT INTO sticky_bucket VALUES ('default', 'id', '" + who.text() + "', 'a__0', 'x')");
  run("ANALYZE sticky_bucket");
  ASSERT_TRUE(pool.transact([&](sql::Tx& tx) { return forget(tx, *Tenant::parse("default"), {who}); }));
  run("SELECT pg_stat_force_next_flush()");
  EXPECT_EQ(run("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'sticky_bucket'"), "0");
  EXPECT_EQ(run("SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'sticky_bucket'"), "1");
}

}  // namespace
}  // namespace cliffhanger::insight
