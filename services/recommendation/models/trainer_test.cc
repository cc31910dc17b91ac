#include "services/recommendation/models/trainer.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/recommendation/domain/model_file.h"
#include "services/recommendation/domain/test_model.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/models/served_models.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    const auto url = harness::Postgres::shared().new_database();
    EXPECT_TRUE(sql::migrate(url, "recommendation", embedded::recommendation_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 6}, metrics_);
    blobs_ = blob::open_directory(dir_.path() + "/blobs");
    clock_.advance(SystemClock().now() - clock_.now());
  }

  void change(const std::string& query) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); });
    ASSERT_TRUE(done) << done.error().message;
  }
  std::int64_t number(const std::string& query) {
    return (*pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); }))[0].number(0);
  }
  // What viewers did, as the service writes it down.
  void keep(const std::vector<Took>& all, const std::string& tenant = "a") {
    std::string viewing, watched;
    for (const auto& took : all) {
      const std::string key = "('" + tenant + "', '" + took.viewer.text() + "', '";
      viewing +=
          (viewing.empty() ? "" : ",") + key + took.series.text() + "', '" + to_rfc3339(took.at) + "')";
      for (int i = 0; i < took.started; ++i) {
        const auto episode = Uuid::from_name(took.series.text() + std::to_string(i)).text();
        watched += (watched.empty() ? "" : ",") + key + episode + "', '" + took.series.text() + "', " +
                   (i < took.completed ? "true" : "false") + ", false)";
      }
    }
    change("INSERT INTO viewing (tenant, user_id, series_id, seen_at) VALUES " + viewing);
    change("INSERT INTO watched (tenant, user_id, episode_id, series_id, completed, skipped) VALUES " +
           watched);
  }
  void publish(int series, UserId owner = {}) {
    change(
        "INSERT INTO series (tenant, series_id, owner_id, published, published_at, version) VALUES ('a', '" +
        series_named(series).text() + "', '" + owner.text() + "', true, now(), 1)");
  }

  Trainer trainer(const std::string& worker = "w", blob::Store* blobs = nullptr) {
    Trainer::Deps deps{*pool_, blobs ? *blobs : *blobs_, clock_, random_, metrics_, log_,
                       worker, small_training()};
    deps.keep = 2;
    deps.retry = 0ms;
    return Trainer(std::move(deps));
  }
  template <class Act>
  auto models(Act act) {
    return pool_->transact([&](sql::Tx& tx) {
      PgModels it(tx, clock_, random_);
      return act(it);
    });
  }
  Model start() {
    clock_.advance(10ms);  // ids are in order of time
    const auto begun = models([&](PgModels& it) { return it.start(tenant_, ModelKind::kTaste); });
    EXPECT_TRUE(begun) << begun.error().message;
    return *begun;
  }
  Model get(ModelId id) {
    return *models([&](PgModels& it) { return it.find(tenant_, id); });
  }
  Model train_one() {
    const auto begun = start();
    Trainer it = trainer();
    const auto done = it.step({});
    EXPECT_TRUE(done && *done) << (done ? "" : done.error().message);
    return get(begun.id);
  }
  std::size_t objects() { return blobs_->list("models/", "", 1000)->size(); }
  ServedModels served(std::size_t exact = kExactSeries) {
    return ServedModels({*pool_, *blobs_, clock_, random_, metrics_, log_, true, exact});
  }
  static std::vector<Liking> likings(std::initializer_list<int> series) {
    std::vector<Liking> out;
    for (const int one : series) out.push_back({series_named(one), 1, {}});
    return out;
  }

  harness::TempDir dir_;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "recommendation"};
  harness::ManualClock clock_;
  SystemRandom random_;
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<blob::Store> blobs_;
  const Tenant tenant_ = *Tenant::parse("a"), other_ = *Tenant::parse("b");
};

TEST_F(TrainerTest, ReadsAllThatViewersDidInPages) {
  const auto all = two_tastes(30);
  keep(all);
  keep(two_tastes(3), "b");
  change(
      "INSERT INTO reaction (tenant, user_id, subject, subject_id, reaction, series_id, is_set) VALUES "
      "('a', '" +
      viewer_named(0).text() + "', 'series', '" + series_named(90).text() + "', 'favourite', '" +
      series_named(90).text() + "', true), ('a', '" + viewer_named(0).text() + "', 'series', '" +
      series_named(91).text() + "', 'follow', '" + series_named(91).text() + "', false), ('a', '" +
      viewer_named(0).text() + "', 'creator', '" + viewer_named(9).text() + "', 'follow', NULL, true)");
  for (const char* episode : {"one", "two"})
    change("INSERT INTO engagement VALUES ('a', '" + all[0].viewer.text() + "', '" + all[0].series.text() +
           "', '" + Uuid::from_name(episode).text() + "', 0, 0, 0, 0, 0, 1, 'epoch', 'epoch')");
  std::vector<Took> read;
  TookAfter after;
  while (true) {
    const auto page = pool_->read([&](sql::Tx& tx) { return read_took(tx, tenant_, after, 7, true); });
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_LE(page->size(), 7u);
    if (page->empty()) break;
    read.insert(read.end(), page->begin(), page->end());
    after = {read.back().viewer, read.back().series};
  }
  ASSERT_EQ(read.size(), all.size() + 1);
  for (const auto& want : all) {
    const auto it = std::ranges::find_if(
        read, [&](const Took& one) { return one.viewer == want.viewer && one.series == want.series; });
    ASSERT_NE(it, read.end());
    EXPECT_EQ(it->started, want.started);
    EXPECT_EQ(it->completed, std::min(want.started, want.completed));
    EXPECT_EQ(it->at, want.at);
    EXPECT_FALSE(it->favourite || it->follows || it->liked);
  }
  const auto said = std::ranges::find(read, series_named(90), &Took::series);
  ASSERT_NE(said, read.end());
  EXPECT_TRUE(said->favourite && said->started == 0);
  EXPECT_EQ(std::ranges::count(read, 2, &Took::shared), 1);
  EXPECT_EQ(std::ranges::find(read, 2, &Took::shared)->series, all[0].series);
  EXPECT_EQ(std::ranges::count(read, 0, &Took::shared), static_cast<std::ptrdiff_t>(all.size()));
  EXPECT_TRUE(std::ranges::is_sorted(read, {}, &Took::viewer));
}

TEST_F(TrainerTest, NothingIsLearntOfWhoRefusesProfiling) {
  keep(two_tastes(6));
  change("INSERT INTO consent (tenant, user_id, profiling, version) VALUES ('a', '" + viewer_named(0).text() +
         "', false, 1), ('a', '" + viewer_named(1).text() + "', true, 1)");
  const auto viewers = [&](bool profiled) {
    std::set<UserId> out;
    const auto page = pool_->read([&](sql::Tx& tx) { return read_took(tx, tenant_, {}, 1000, profiled); });
    EXPECT_TRUE(page) << page.error().message;
    for (const auto& one : *page) out.insert(one.viewer);
    return out;
  };
  EXPECT_EQ(viewers(true).size(), 5u);
  EXPECT_FALSE(viewers(true).contains(viewer_named(0)));
  EXPECT_EQ(viewers(false), std::set{viewer_named(1)});
}

TEST_F(TrainerTest, AModelIsTrainedKeptAndUsed) {
  keep(two_tastes(200));
  ServedModels models = served();
  ASSERT_TRUE(models.refresh());
  EXPECT_EQ(models.current(tenant_), nullptr);
  const Model model = train_one();
  EXPECT_EQ(model.state, ModelState::kReady) << model.reason << " " << model.message;
  EXPECT_TRUE(model.active);
  EXPECT_EQ(model.viewers, 200);
  EXPECT_EQ(model.series, 30);
  EXPECT_GT(model.quality.ndcg, model.quality.popularity);
  EXPECT_EQ(blobs_->head(model_key(tenant_, model.object))->bytes, model.bytes);
  ASSERT_TRUE(models.refresh());
  const auto current = models.current(tenant_);
  ASSERT_NE(current, nullptr);
  EXPECT_EQ(current->version(), model.object.text());
  EXPECT_EQ(current->for_history(likings({0, 3}), 5).size(), 5u);
  EXPECT_EQ(models.current(other_), nullptr);
  // No other training is due, and none waits.
  EXPECT_FALSE(*trainer().step({}));
}

TEST_F(TrainerTest, WhatWasErasedIsNotInTheNextModel) {
  keep(two_tastes(201));
  train_one();
  const auto last = viewer_named(200).text();
  change("DELETE FROM viewing WHERE user_id = '" + last + "'");
  change("DELETE FROM watched WHERE user_id = '" + last + "'");
  const Model after = train_one();
  change("DELETE FROM viewing");
  change("DELETE FROM watched");
  keep(two_tastes(200));
  const Model never = train_one();
  const auto one = from_file(*blobs_->get(model_key(tenant_, after.object)));
  const auto two = from_file(*blobs_->get(model_key(tenant_, never.object)));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->viewers, 200);
  EXPECT_EQ(one->factors, two->factors);
  EXPECT_EQ(one->similar, two->similar);
  EXPECT_EQ(one->next, two->next);
}

TEST_F(TrainerTest, TooLittleSaysSoAndNothingIsUsed) {
  keep(two_tastes(20));
  const Model model = train_one();
  EXPECT_EQ(model.state, ModelState::kFailed);
  EXPECT_EQ(model.reason, "TOO_LITTLE_DATA");
  EXPECT_TRUE(model.ended);
  EXPECT_EQ(objects(), 0u);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'done'"), 1);
}

TEST_F(TrainerTest, AMuchWorseModelDoesNotTakeThePlaceOfAGoodOne) {
  keep(two_tastes(200));
  const Model good = train_one();
  change("UPDATE model SET ndcg = 1");
  const Model worse = train_one();
  EXPECT_EQ(worse.state, ModelState::kRefused);
  EXPECT_EQ(worse.reason, "WORSE_THAN_ACTIVE");
  EXPECT_FALSE(worse.active);
  EXPECT_TRUE(get(good.id).active);
  // An operator may use it all the same, and go back.
  for (const ModelId id : {worse.id, good.id, good.id}) {
    const auto done = models([&](PgModels& it) { return it.activate(tenant_, id); });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->active);
    EXPECT_EQ(number("SELECT count(*) FROM model WHERE active"), 1);
  }
  EXPECT_EQ(models([&](PgModels& it) { return it.activate(other_, good.id); }).error().reason,
            "MODEL_NOT_FOUND");
  const Model waiting = start();
  EXPECT_EQ(models([&](PgModels& it) { return it.activate(tenant_, waiting.id); }).error().reason,
            "MODEL_NOT_READY");
}

TEST_F(TrainerTest, OneTrainingATenantAtATime) {
  const Model first = start();
  const auto second = models([&](PgModels& it) { return it.start(tenant_, ModelKind::kTaste); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "TRAINING_UNDER_WAY");
  EXPECT_EQ(second.error().metadata.at("model_id"), first.id.text());
  EXPECT_TRUE(models([&](PgModels& it) { return it.start(other_, ModelKind::kTaste); }));
}

TEST_F(TrainerTest, IsScheduledOnceForEachTenantWithViewers) {
  keep(two_tastes(60));
  keep(two_tastes(60), "b");
  Trainer it = trainer();
  ASSERT_TRUE(it.schedule(24h));
  ASSERT_TRUE(it.schedule(24h));
  EXPECT_EQ(number("SELECT count(*) FROM model WHERE state = 'training'"), 2);
  ASSERT_TRUE(*it.step({}) && *it.step({}));
  ASSERT_TRUE(it.schedule(24h));
  EXPECT_FALSE(*it.step({}));
  clock_.advance(24h);
  ASSERT_TRUE(it.schedule(24h));
  EXPECT_EQ(number("SELECT count(*) FROM model WHERE state = 'training'"), 2);
}

// A store during whose writing something happens.
class WhileWriting final : public blob::Store {
 public:
  WhileWriting(blob::Store& it, std::function<Result<void>()> happens)
      : it_(it), happens_(std::move(happens)) {}
  Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override {
    CH_TRY(happens_());
    return it_.create(key);
  }
  Result<blob::Info> head(std::string_view key) override { return it_.head(key); }
  Result<blob::Opened> open(std::string_view key) override { return it_.open(key); }
  Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after,
                                       std::size_t most) override {
    return it_.list(prefix, after, most);
  }
  Result<void> remove(std::string_view key) override { return it_.remove(key); }
  Result<std::int64_t> remove_unfinished(Time before, bool dry) override {
    return it_.remove_unfinished(before, dry);
  }
  Result<void> put_file(std::string_view key, const std::string& path) override {
    return it_.put_file(key, path);
  }

 private:
  blob::Store& it_;
  std::function<Result<void>()> happens_;
};

TEST_F(TrainerTest, OneThatLostItsLeaseHasNoEffectAndLeavesGarbage) {
  keep(two_tastes(100));
  const Model model = start();
  // While it writes, it is thought dead: another replica takes the training over and ends it.
  WhileWriting slow(*blobs_, [&]() -> Result<void> {
    change("UPDATE work SET lease_until = now() - interval '1 second'");
    EXPECT_TRUE(*trainer("other").step({}));
    return {};
  });
  EXPECT_TRUE(*trainer("slow", &slow).step({}));
  const Model now = get(model.id);
  EXPECT_EQ(now.state, ModelState::kReady);
  EXPECT_EQ(objects(), 2u);
  const auto key = model_key(tenant_, now.object);
  std::vector<std::string> keys;
  const auto all = *blobs_->list("models/", "", 10);
  for (const auto& one : all) keys.push_back(one.key);
  keys.push_back("models/b/recommendation/" + now.object.text());  // another tenant's
  keys.push_back("segments/a/x");
  EXPECT_EQ(*pool_->read([&](sql::Tx& tx) { return claimed_objects(tx, keys); }),
            std::vector<std::string>{key});
}

TEST_F(TrainerTest, AStoreThatIsAwayIsWaitedFor) {
  keep(two_tastes(100));
  const Model model = start();
  WhileWriting away(*blobs_,
                    []() -> Result<void> { return fail(unavailable("OBJECT_STORE_FAILED", "It is away.")); });
  EXPECT_FALSE(trainer("w", &away).step({}));
  EXPECT_EQ(get(model.id).reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(get(model.id).state, ModelState::kTraining);
  EXPECT_TRUE(*trainer().step({}));
  EXPECT_EQ(get(model.id).state, ModelState::kReady);
  EXPECT_EQ(get(model.id).reason, "");
}

TEST_F(TrainerTest, OneThatIsStoppedBeginsAnewElsewhere) {
  keep(two_tastes(100));
  const Model model = start();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(*trainer().step(stop.get_token()));
  EXPECT_EQ(get(model.id).state, ModelState::kTraining);
  EXPECT_TRUE(*trainer("other").step({}));
  EXPECT_EQ(get(model.id).state, ModelState::kReady);
}

TEST_F(TrainerTest, OneThatKillsItsProcessEachTimeIsGivenUp) {
  const Model model = start();
  change(
      "UPDATE work SET state = 'leased', attempts = most_attempts, lease_until = now() - interval '1 "
      "second'");
  EXPECT_FALSE(*trainer().step({}));
  EXPECT_EQ(get(model.id).state, ModelState::kFailed);
  EXPECT_EQ(get(model.id).reason, "TRAINER_DIED");
  start();  // and the next may begin
}

TEST_F(TrainerTest, OnlyTheLastAreKeptAndTheOneInUse) {
  keep(two_tastes(100));
  const Model first = train_one();
  change("UPDATE model SET ndcg = 1");  // so it stays the active one
  for (int i = 0; i < 4; ++i) train_one();
  EXPECT_EQ(number("SELECT count(*) FROM model"), 3);
  EXPECT_TRUE(get(first.id).active);
  EXPECT_EQ(objects(), 5u);  // the collector's business
}

TEST_F(TrainerTest, AModelThatCannotBeReadLeavesTheLastGoodOne) {
  keep(two_tastes(100));
  const Model good = train_one();
  ServedModels models = served();
  ASSERT_TRUE(models.refresh());
  const Model bad = train_one();
  ASSERT_TRUE(blobs_->put(model_key(tenant_, bad.object), "CHTASTE\nnonsense"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(models.refresh());
  ASSERT_NE(models.current(tenant_), nullptr);
  EXPECT_EQ(models.current(tenant_)->version(), good.object.text());
  const auto failed = [&] {
    return metrics_.counter("cliffhanger_recommendation_models_read_total", "", {{"as", "failed"}}).value();
  };
  EXPECT_EQ(failed(), 1);
  // Lost altogether: likewise; and whoever starts has none, but lives.
  ASSERT_TRUE(blobs_->remove(model_key(tenant_, bad.object)));
  clock_.advance(1min);
  ASSERT_TRUE(models.refresh());
  EXPECT_EQ(failed(), 2);
  EXPECT_EQ(models.current(tenant_)->version(), good.object.text());
  ServedModels fresh = served();
  ASSERT_TRUE(fresh.refresh());
  EXPECT_EQ(fresh.current(tenant_), nullptr);
  // Gone back to the good one, by one call.
  ASSERT_TRUE(this->models([&](PgModels& it) { return it.activate(tenant_, good.id); }));
  ASSERT_TRUE(fresh.refresh() && models.refresh());
  EXPECT_EQ(fresh.current(tenant_)->version(), good.object.text());
}

TEST_F(TrainerTest, ModelsAreSwappedUnderReaders) {
  keep(two_tastes(100));
  const Model one = train_one(), two = train_one();
  ServedModels models = served();
  ASSERT_TRUE(models.refresh());
  std::atomic<bool> stop = false;
  std::atomic<int> answers = 0;
  std::jthread reader([&] {
    while (!stop) {
      const auto current = models.current(tenant_);
      EXPECT_EQ(current->for_history(likings({0, 3}), 5).size(), 5u);
      ++answers;
    }
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(
        this->models([&](PgModels& it) { return it.activate(tenant_, (i % 2 == 0 ? one : two).id); }));
    ASSERT_TRUE(models.refresh());
    EXPECT_EQ(models.current(tenant_)->version(), (i % 2 == 0 ? one : two).object.text());
  }
  stop = true;
  reader.join();
  EXPECT_GT(answers, 0);
}

TEST_F(TrainerTest, ALargeModelGetsAGraphBesideItsUse) {
  keep(two_tastes(100));
  const Model one = train_one(), two = train_one();
  ServedModels models = served(10), small = served();
  const auto build = [](ServedModels& of, bool stopped = false) {
    return *of.build_graph([=] { return stopped; });
  };
  const auto has_graph = [&] {
    return dynamic_cast<const FactorModel&>(*models.current(tenant_)).nearest() != nullptr;
  };
  EXPECT_FALSE(build(models));  // no model is read yet
  ASSERT_TRUE(models.refresh() && small.refresh());
  EXPECT_FALSE(build(small));
  EXPECT_FALSE(build(models, true));
  const auto before = models.current(tenant_)->for_history(likings({0, 3}), 30);
  EXPECT_TRUE(build(models));
  EXPECT_FALSE(build(models));  // once
  EXPECT_FALSE(has_graph());
  ASSERT_TRUE(models.refresh());
  EXPECT_TRUE(has_graph());
  EXPECT_FALSE(build(models));
  const auto after = models.current(tenant_)->for_history(likings({0, 3}), 30);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].series, before[i].series);
  // What was built for a model that is not in use any more is not given to another.
  const auto activate = [&](const Model& model) {
    ASSERT_TRUE(this->models([&](PgModels& it) { return it.activate(tenant_, model.id); }));
  };
  activate(one);
  ASSERT_TRUE(models.refresh());
  EXPECT_TRUE(build(models));
  activate(two);
  ASSERT_TRUE(models.refresh());
  EXPECT_FALSE(has_graph());
  EXPECT_TRUE(build(models));
  ASSERT_TRUE(models.refresh());
  EXPECT_TRUE(has_graph());
  change("UPDATE model SET active = false");
  ASSERT_TRUE(models.refresh());
  EXPECT_FALSE(build(models));
}

TEST_F(TrainerTest, SeriesThatAreNewerThanTheModelAreFound) {
  keep(two_tastes(200));
  const UserId creator = viewer_named(1000);
  for (int i = 0; i < 15; ++i) publish(i, creator);
  train_one();
  ServedModels models = served();
  ASSERT_TRUE(models.refresh());
  publish(40), publish(41, creator), publish(42);
  std::vector<Took> took;
  for (int viewer = 0; viewer < 40; viewer += 2)
    took.push_back({viewer_named(viewer), series_named(40), clock_.now(), 1, 1});
  keep(took);
  const auto finds = [&](std::initializer_list<int> likes, int series, std::size_t most) {
    const auto found = models.current(tenant_)->for_history(likings(likes), most);
    return std::ranges::find(found, series_named(series), &Scored::series) != found.end();
  };
  ASSERT_TRUE(models.refresh());
  EXPECT_FALSE(finds({0, 3, 5}, 40, 100));  // not looked for yet
  clock_.advance(10min);
  ASSERT_TRUE(models.refresh());
  EXPECT_TRUE(finds({0, 3, 5}, 40, 14));  // before all of the other taste
  EXPECT_TRUE(finds({0, 3, 5}, 41, 14));  // nobody took it yet, but it is this creator's
  EXPECT_FALSE(finds({0, 3, 5}, 42, 100));
  EXPECT_FALSE(finds({16, 20}, 40, 8));
}

}  // namespace
}  // namespace cliffhanger::recommendation
