#pragma once
// For tests: a database with the schemas of all owners, an object store, and the collector over both. No grace unless a test wants one: the
// clock is days ahead of the objects.
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "libs/bus/outbox.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/catalog/migrations.h"
#include "services/catalog/store/pg_objects.h"
#include "services/collector/collect/collector.h"
#include "services/collector/migrations.h"
#include "services/ingest/domain/library.h"
#include "services/ingest/module.h"
#include "services/ingest/store/pg_library.h"
#include "services/ingest/store/pg_objects.h"
#include "services/insight/migrations.h"
#include "services/insight/store/pg_exports.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/store/pg_models.h"
#include "services/transcode/domain/fixture.h"
#include "services/transcode/migrations.h"
#include "services/transcode/store/pg_objects.h"
#include "services/transcode/store/pg_revisions.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/sweeper.h"

namespace cliffhanger::collector {

using namespace std::chrono_literals;
using Keys = std::vector<std::string>;

// The store as it is, but for what is being written: without any grace that would go too, under the hands of its writers.
class WithoutUnfinished final : public blob::Store {
 public:
  explicit WithoutUnfinished(blob::Store& it) : it_(it) {}
  Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override { return it_.create(key); }
  Result<blob::Info> head(std::string_view key) override { return it_.head(key); }
  Result<blob::Opened> open(std::string_view key) override { return it_.open(key); }
  Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after, std::size_t most) override {
    return it_.list(prefix, after, most);
  }
  Result<void> remove(std::string_view key) override { return it_.remove(key); }
  Result<std::int64_t> remove_unfinished(Time, bool) override { return 0; }
  Result<void> put_file(std::string_view key, const std::string& path) override { return it_.put_file(key, path); }

 private:
  blob::Store& it_;
};

class House : public testing::Test {
 protected:
  House() : url_(harness::Postgres::shared().new_database()) {
    EXPECT_TRUE(sql::migrate(url_, "catalog", embedded::catalog_migrations));
    EXPECT_TRUE(sql::migrate(url_, "ingest", embedded::ingest_migrations));
    EXPECT_TRUE(sql::migrate(url_, "transcode", embedded::transcode_migrations));
    EXPECT_TRUE(sql::migrate(url_, "recommendation", embedded::recommendation_migrations));
    EXPECT_TRUE(sql::migrate(url_, "insight", embedded::insight_migrations));
    EXPECT_TRUE(sql::migrate(url_, "collector", embedded::collector_migrations));
    const auto open = [&](const char* schema) {
      return std::make_unique<sql::Pool>(sql::PoolConfig{url_, schema, 6, 5000ms, 5000ms}, metrics_);
    };
    catalog_ = open("catalog");
    ingest_ = open("ingest");
    transcode_ = open("transcode");
    recommendation_ = open("recommendation");
    insight_ = open("insight");
    pool_ = open("collector");
    blobs_ = blob::open_directory(dir_.path() + "/blobs");
    clock_.advance(SystemClock().now() - clock_.now() + 240h);
    call_.caller = {tenant_, Role::kCreator, me_, "", false};
    me_caller_ = call_.caller;
  }

  std::vector<Owner> owners() {
    const Owner ingest{"ingest",
                       [this](const Keys& keys) {
                         return ingest_->read([&](sql::Tx& tx) { return ingest::claimed_objects(tx, keys); });
                       },
                       [this](const Keys& keys, Time before) { return remove_of_ingest(keys, before); },
                       {blob::Kind::kPart, blob::Kind::kSource}};
    const Owner transcode{"transcode",
                          [this](const Keys& keys) {
                            return transcode_->read([&](sql::Tx& tx) { return transcode::claimed_objects(tx, keys); });
                          },
                          [this](const Keys& keys, Time before) { return remove_of_transcode(keys, before); },
                          {blob::Kind::kSegment, blob::Kind::kCover, blob::Kind::kRevision}};
    const Owner catalog{"catalog",
                        [this](const Keys& keys) {
                          return catalog_->read([&](sql::Tx& tx) { return catalog::claimed_objects(tx, keys); });
                        },
                        nullptr,
                        {}};
    const auto models = [this](const Keys& keys) {
      return recommendation_->read([&](sql::Tx& tx) { return recommendation::claimed_objects(tx, keys); });
    };
    const Owner recommendation{"recommendation", models,
                               [this, models](const Keys& keys, Time before) { return remove_unless(models, keys, before); },
                               {blob::Kind::kModel}};
    const auto exports = [this](const Keys& keys) {
      return insight_->read([&](sql::Tx& tx) { return insight::claimed_exports(tx, keys); });
    };
    const Owner insight{"insight", exports,
                        [this, exports](const Keys& keys, Time before) { return remove_unless(exports, keys, before); },
                        {blob::Kind::kExport}};
    return {ingest, transcode, catalog, recommendation, insight};
  }
  Result<Keys> remove_of_ingest(const Keys& keys, Time before) {
    return remove_unless(
        [this](const Keys& asked) { return ingest_->read([&](sql::Tx& tx) { return ingest::claimed_objects(tx, asked); }); }, keys,
        before);
  }
  // As owners do whose ids are made once.
  Result<Keys> remove_unless(const std::function<Result<Keys>(const Keys&)>& claimed, const Keys& keys, Time before) {
    CH_ASSIGN(const auto needed, claimed(keys));
    Keys out;
    for (const auto& key : keys) {
      if (std::ranges::find(needed, key) != needed.end()) continue;
      CH_ASSIGN(const bool gone, blobs_->remove_older(key, before));
      if (gone) out.push_back(key);
    }
    return out;
  }
  Result<Keys> remove_of_transcode(const Keys& keys, Time before) {
    Keys out;
    for (const auto& key : keys) {
      CH_ASSIGN(const bool gone, transcode::remove_unclaimed(*transcode_, key, [&] { return blobs_->remove_older(key, before); }));
      if (gone) out.push_back(key);
    }
    return out;
  }

  Collector collector(std::vector<Owner> owners, const std::string& worker = "w") {
    blob::Store& store = seen_ ? *seen_ : *blobs_;
    return Collector({*pool_, store, std::move(owners), clock_, random_, metrics_, log_, worker, 0ms});
  }
  Collector collector() { return collector(owners()); }
  Result<Collection> start(bool dry_run = false, int percent = 100, Duration grace = 48h) {
    return pool_->transact([&](sql::Tx& tx) {
      return PgCollections(tx, clock_, random_).start(tenant_, dry_run, grace, percent);
    });
  }
  Collection get(CollectionId id) {
    return *pool_->transact([&](sql::Tx& tx) { return PgCollections(tx, clock_, random_).find(id); });
  }
  // A whole run.
  Collection collect(bool dry_run = false, int percent = 100, Duration grace = 48h) {
    const auto begun = start(dry_run, percent, grace);
    EXPECT_TRUE(begun) << begun.error().message;
    Collector it = collector();
    const auto done = it.step({});
    EXPECT_TRUE(done) << done.error().reason << " " << done.error().message;
    return get(begun->id);
  }

  std::string id() { return Uuid::v7(clock_.now(), random_).text(); }
  void put(const std::string& key, const std::string& bytes = "bytes") { ASSERT_TRUE(blobs_->put(key, bytes)) << key; }
  bool has(const std::string& key) { return blobs_->head(key).has_value(); }
  std::set<std::string> objects() {
    std::set<std::string> out;
    const auto all = blobs_->list("", "", 100'000);
    EXPECT_TRUE(all);
    for (const auto& one : *all) out.insert(one.key);
    return out;
  }
  static std::int64_t number(sql::Pool& pool, const std::string& query) {
    return pool.transact([&](sql::Tx& tx) { return tx.run_text(query); })->operator[](0).number(0);
  }
  static void change(sql::Pool& pool, const std::string& query) {
    const auto done = pool.transact([&](sql::Tx& tx) { return tx.run_text(query); });
    ASSERT_TRUE(done) << done.error().message;
  }

  template <class Act>
  auto uploads(Act act) {
    return ingest_->transact([&](sql::Tx& tx) {
      ingest::PgLibrary library(tx, clock_, random_);
      ingest::Uploads it(library, clock_, random_, {1 << 30, 0});
      return act(it);
    });
  }
  template <class Act>
  auto revisions(Act act) {
    return transcode_->transact([&](sql::Tx& tx) {
      transcode::PgRevisions it(tx, call_, outbox_, clock_, random_);
      return act(it);
    });
  }

  harness::TempDir dir_;
  std::string url_;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "collector"};
  harness::ManualClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  std::unique_ptr<sql::Pool> catalog_, ingest_, transcode_, recommendation_, insight_, pool_;
  std::unique_ptr<blob::Store> blobs_, seen_;  // the second: by the collector, if it is another
  const Tenant tenant_ = *Tenant::parse("default");
  const UserId me_{Uuid::from_name("me")};
  Call call_;
  Caller me_caller_;
};

}  // namespace cliffhanger::collector
