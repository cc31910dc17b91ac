#pragma once
// Feeds with what their viewers make of them, trainings of rankings, and rankings in use, with a real
// database.
#include <gtest/gtest.h>

#include "services/recommendation/domain/learnt_ranker.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/models/ranking_reader.h"
#include "services/recommendation/models/ranking_student.h"
#include "services/recommendation/models/served_rankers.h"
#include "services/recommendation/models/trainer.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {

class RankingTest : public FeedWorld {
 protected:
  static constexpr int kSeries = 20;

  RankingTest() {
    clock_.advance(SystemClock().now() - clock_.now());
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return keep_decision_days(tx, clock_.now(), 30); }));
    for (int i = 0; i < kSeries; ++i) ids_.push_back(series(2));
    // Every other one is popular, which has nothing to do with what is good.
    for (int i = 0; i < kSeries; ++i)
      change("UPDATE series SET heat = " + std::string(i % 2 == 0 ? "1e6" : "1e3") +
             ", heat_at = now() WHERE series_id = '" + ids_[static_cast<std::size_t>(i)] + "'");
    rankers_ = &served_;
    explore(true);
  }

  // Whether pages are drawn, or are the best in order.
  void explore(bool yes) {
    policy_.slotting = Slotting();
    if (!yes) policy_.slotting.arms = 1, policy_.slotting.explore_every = 100;
    serve(no_shown_);
  }
  bool good(const std::string& id) const {
    return (std::find(ids_.begin(), ids_.end(), id) - ids_.begin()) / 2 % 2 == 0;
  }
  void change(const std::string& query) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); });
    ASSERT_TRUE(done) << done.error().message;
  }
  std::int64_t number(const std::string& query) {
    return (*pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); }))[0].number(0);
  }

  void play(UserId user, const std::string& of, int episode, playback::WatchEvent what,
            std::int64_t watched_ms) {
    playback::PlaybackReported event;
    event.set_session_id(new_id());
    event.set_user_id(user.text());
    event.set_series_id(of);
    event.set_episode_id(episodes_.at(of).at(static_cast<std::size_t>(episode - 1)));
    event.set_event(what);
    event.set_watched_ms(watched_ms);
    event.set_duration_ms(60'000);
    event.mutable_time()->set_seconds(to_micros(clock_.now()) / 1'000'000);
    hear(event);
  }
  // Two pages of somebody new, who plays one in four of what they are shown: what is good to the end, and on.
  UserId visit() {
    const auto user = UserId::make(clock_.now(), random_);
    std::string token;
    for (int n = 0; n < 2; ++n) {
      const auto page = this->page(call(user), 10, token);
      EXPECT_TRUE(page) << page.error().message;
      clock_.advance(1s);
      for (const auto& item : page->items()) {
        if (random_.number() % 4 != 0) continue;
        const auto& id = item.series().series_id();
        clock_.advance(1s);
        if (good(id)) {
          play(user, id, 1, playback::WATCH_EVENT_COMPLETE, 60'000);
          clock_.advance(1s);
          play(user, id, 2, playback::WATCH_EVENT_COMPLETE, 60'000);
        } else {
          play(user, id, 1, playback::WATCH_EVENT_SKIP, 4'000);
        }
      }
      token = page->next_page_token();
    }
    return user;
  }
  void visits(int count) {
    for (int i = 0; i < count; ++i) {
      visit();
      if (i % 50 == 49) keep_log();
    }
    keep_log();
  }
  void keep_log() {
    while (*decisions_->write()) {
    }
  }

  Trainer trainer(blob::Store* blobs = nullptr, const std::string& worker = "w") {
    Trainer::Deps deps{*pool_, blobs ? *blobs : *blobs_, clock_, random_, metrics_, log_, worker, {}};
    deps.retry = 0ms;
    deps.ranking.least_shown = 1000;
    deps.ranking.least_taken = 50;
    deps.ranking.learner.bits = 14;
    return Trainer(std::move(deps));
  }
  template <class Act>
  auto models(Act act) {
    return pool_->transact([&](sql::Tx& tx) {
      PgModels it(tx, clock_, random_);
      return act(it);
    });
  }
  ModelId start() {
    clock_.advance(10ms);
    const auto begun =
        models([](PgModels& it) { return it.start(*Tenant::parse("default"), ModelKind::kRanking); });
    EXPECT_TRUE(begun) << begun.error().message;
    return begun->id;
  }
  Model get(ModelId id) {
    return *models([&](PgModels& it) { return it.find(tenant_, id); });
  }
  Model train_one() {
    const auto id = start();
    const auto done = trainer().step({});
    EXPECT_TRUE(done && *done) << (done ? "" : done.error().message);
    return get(id);
  }
  // The same, and used as an operator would have it: few visits leave it to chance what is thought of it.
  Model use_one() {
    const auto model = train_one();
    return use(model.id);
  }
  Model use(ModelId id) {
    const auto used = models([&](PgModels& it) { return it.activate(tenant_, id); });
    EXPECT_TRUE(used) << used.error().message;
    return get(id);
  }
  RankingStudent student() { return RankingStudent({*pool_, *blobs_, clock_, random_, metrics_, log_}); }
  ServedRankers::Deps deps() { return {*pool_, *blobs_, clock_, random_, metrics_, log_}; }

  // Of the first `most` of somebody's page, how many are good.
  int good_ones(const std::vector<std::string>& page, std::size_t most = 8) {
    int out = 0;
    for (std::size_t i = 0; i < std::min(most, page.size()); ++i) out += good(page[i]);
    return out;
  }
  // A page for somebody new, a moment later: ids are in order of time.
  std::vector<std::string> ask() {
    clock_.advance(2ms);
    return feed(viewer_);
  }
  Decision last_decision() {
    keep_log();
    const auto id = pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("SELECT decision_id FROM decision ORDER BY decision_id DESC LIMIT 1");
    });
    return **pool_->read([&](sql::Tx& tx) { return find_decision(tx, tenant_, (*id)[0].id<DecisionId>(0)); });
  }

  harness::TempDir dir_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "recommendation"};
  std::unique_ptr<blob::Store> blobs_;
  const Tenant tenant_ = *Tenant::parse("default");
  std::vector<std::string> ids_;
  ServedRankers served_{(blobs_ = blob::open_directory(dir_.path() + "/blobs"), deps())};
};

}  // namespace cliffhanger::recommendation
