// From pages that were shown and what came of them to pages in another order, with a real database.
#include <thread>

#include "services/recommendation/models/test_ranking_feed.h"

namespace cliffhanger::recommendation {
namespace {

TEST_F(RankingTest, PagesAreRankedByWhatCameOfThoseBeforeAndGoBackByOneCall) {
  visits(200);
  explore(false);
  clock_.advance(40min);
  const auto before = ask();
  EXPECT_EQ(last_decision().policy, "hand-1");
  EXPECT_LE(good_ones(before), 6);  // the popular ones come first, whatever they are
  const Model model = train_one();
  ASSERT_EQ(model.state, ModelState::kReady) << model.reason << " " << model.message;
  EXPECT_TRUE(model.active);
  EXPECT_EQ(model.ranking.shown, 4000);
  EXPECT_GT(model.ranking.auc, model.ranking.hand_auc);
  EXPECT_EQ(model.viewers, 200);

  ASSERT_TRUE(served_.refresh());
  const auto ranked = ask();
  EXPECT_EQ(good_ones(ranked), 8);
  // The log says what ranked, and both the places and the values can be made again from it, bit for bit.
  const auto decision = last_decision();
  EXPECT_EQ(decision.policy, ranker_version(model.object, 0));
  EXPECT_TRUE(replays(decision));
  const auto file = ranking_from_file(*blobs_->get("models/default/recommendation/" + model.object.text()));
  ASSERT_TRUE(file);
  const LearntRanker again("again", *file, rank::RankingLearner::decode(file->learner)->snapshot());
  const auto catalogue = catalogue_->of(tenant_);
  ASSERT_EQ(decision.inputs.size(), decision.pool.items.size());
  for (std::size_t i = 0; i < decision.inputs.size(); ++i) {
    const auto& item = decision.pool.items[i];
    EXPECT_EQ(again.value(decision.inputs[i], *catalogue, *catalogue->find(item.id)), item.value);
  }

  ASSERT_TRUE(models([&](PgModels& it) { return it.deactivate(tenant_, model.id); }));
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(ask(), before);
  EXPECT_EQ(last_decision().policy, "hand-1");
  ASSERT_TRUE(models([&](PgModels& it) { return it.activate(tenant_, model.id); }));
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(ask(), ranked);
}

TEST_F(RankingTest, NewSeriesKeepTheirPlaces) {
  visits(60);
  clock_.advance(40min);
  ASSERT_TRUE(use_one().active);
  ASSERT_TRUE(served_.refresh());
  for (int i = 0; i < 10; ++i) {
    clock_.advance(2ms);
    feed(UserId::make(clock_.now(), random_), 8);
    const auto decision = last_decision();
    EXPECT_TRUE(decision.policy.starts_with("rank:"));
    EXPECT_TRUE(replays(decision));
    for (std::size_t place = 0; place < decision.placed.size(); ++place) {
      EXPECT_GE(decision.placed[place].propensity, 0.01f);
      if (place == 4 || place == 9) EXPECT_TRUE(decision.placed[place].explored);
    }
  }
}

TEST_F(RankingTest, NothingIsLearntOfWhoRefusesProfiling) {
  visits(10);
  const auto refuser = visit();
  const auto guest = visit();
  const auto account = UserId::make(clock_.now(), random_);
  keep_log();
  clock_.advance(40min);
  const auto viewers = [&](bool profiled) {
    const auto log = read_ranking_log(*pool_, tenant_, {clock_.now(), 30, profiled}, {});
    EXPECT_TRUE(log) << log.error().message;
    return log->viewers;
  };
  EXPECT_EQ(viewers(true), 12);
  EXPECT_EQ(viewers(false), 0);
  const auto plays_of = [&](UserId user) {
    return number("SELECT count(*) FROM play WHERE user_id = '" + user.text() + "'");
  };
  play(refuser, ids_[0], 1, playback::WATCH_EVENT_COMPLETE, 60'000);
  EXPECT_GT(plays_of(refuser), 0);
  const auto consent = [&](UserId user, bool granted) {
    cliffhanger::accounts::v1::ConsentChanged event;
    event.set_user_id(user.text());
    event.set_version(1);
    auto& one = *event.add_decisions();
    one.set_purpose(cliffhanger::accounts::v1::CONSENT_PURPOSE_PROFILING);
    one.set_granted(granted);
    hear(event);
  };
  consent(refuser, false);
  EXPECT_EQ(viewers(true), 11);
  EXPECT_EQ(plays_of(refuser), 0);  // what is there is forgotten
  play(refuser, ids_[0], 1, playback::WATCH_EVENT_COMPLETE, 60'000);
  EXPECT_EQ(plays_of(refuser), 0);  // and nothing more is kept
  // A guest who signs in has the account's decision, also for what they did before.
  play(guest, ids_[0], 1, playback::WATCH_EVENT_COMPLETE, 60'000);
  consent(account, false);
  cliffhanger::accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(account.text());
  hear(merged);
  EXPECT_EQ(viewers(true), 10);
  EXPECT_EQ(plays_of(guest) + plays_of(account), 0);
  play(guest, ids_[0], 1, playback::WATCH_EVENT_COMPLETE, 60'000);
  EXPECT_EQ(plays_of(guest) + plays_of(account), 0);
  // Their pages still show what they asked for, and are in the log without a name.
  clock_.advance(2ms);
  EXPECT_FALSE(feed(refuser).empty());
  EXPECT_TRUE(last_decision().user.empty());
}

TEST_F(RankingTest, AGuestsPlaysAreTheAccountsAfterwards) {
  const auto guest = UserId::make(clock_.now(), random_), account = UserId::make(clock_.now(), random_);
  play(guest, ids_[0], 1, playback::WATCH_EVENT_COMPLETE, 60'000);
  cliffhanger::accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(account.text());
  hear(merged);
  play(guest, ids_[2], 1, playback::WATCH_EVENT_COMPLETE, 60'000);  // late
  EXPECT_EQ(number("SELECT count(*) FROM play WHERE user_id = '" + account.text() + "'"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM play"), 2);
}

TEST_F(RankingTest, ASessionIsTheSumOfItsReports) {
  playback::PlaybackReported event;
  event.set_session_id(new_id());
  event.set_user_id(viewer_.text());
  event.set_series_id(ids_[0]);
  event.set_episode_id(episodes_.at(ids_[0])[0]);
  event.set_duration_ms(60'000);
  event.set_watched_ms(5'000);
  event.set_event(playback::WATCH_EVENT_PROGRESS);
  event.mutable_time()->set_seconds(1'795'000'010);
  hear(event);
  event.set_event(playback::WATCH_EVENT_COMPLETE);
  event.mutable_time()->set_seconds(1'795'000'020);
  hear(event);
  event.set_event(playback::WATCH_EVENT_PROGRESS);  // late, and from a hostile app
  event.mutable_time()->set_seconds(1'795'000'005);
  event.set_watched_ms(std::int64_t{1} << 60);
  hear(event);
  event.set_watched_ms(-5);
  hear(event);
  EXPECT_EQ(number("SELECT watched_ms FROM play"), 10'000 + 3'600'000);
  EXPECT_EQ(number("SELECT count(*) FROM play WHERE completed AND NOT skipped AND duration_ms = 60000"), 1);
  EXPECT_EQ(number("SELECT extract(epoch FROM started_at)::bigint FROM play"), 1'795'000'005);
  EXPECT_FALSE(
      *pool_->transact([&](sql::Tx& tx) { return drop_plays(tx, from_micros(1'795'000'005'000'000)); }));
  EXPECT_EQ(number("SELECT count(*) FROM play"), 1);
  EXPECT_FALSE(
      *pool_->transact([&](sql::Tx& tx) { return drop_plays(tx, from_micros(1'795'000'006'000'000)); }));
  EXPECT_EQ(number("SELECT count(*) FROM play"), 0);
}

TEST_F(RankingTest, TooLittleSaysSoAndTheWeightsGoOn) {
  visits(3);
  clock_.advance(40min);
  const auto model = train_one();
  EXPECT_EQ(model.state, ModelState::kFailed);
  EXPECT_EQ(model.reason, "TOO_LITTLE_DATA");
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(served_.current(tenant_), nullptr);
}

TEST_F(RankingTest, WhatIsNotOverYetIsNotLearntFrom) {
  visits(5);
  const auto count = [&](Duration later) {
    const auto log = read_ranking_log(*pool_, tenant_, {clock_.now() + later, 30, true}, {});
    EXPECT_TRUE(log) << log.error().message;
    return log->pages.size();
  };
  EXPECT_EQ(count(20min), 0u);
  EXPECT_EQ(count(40min), 10u);
  const auto log = read_ranking_log(*pool_, tenant_, {clock_.now() + 40min, 30, true}, {});
  for (std::size_t i = 1; i < log->pages.size(); ++i)
    EXPECT_LE(log->pages[i - 1].decision.at, log->pages[i].decision.at);
  EXPECT_EQ(count(24h * 40), 0u);  // older than the log is kept
}

TEST_F(RankingTest, BothKindsOfModelsAreScheduledTrainedAndUsedBesideEachOther) {
  visits(60);
  clock_.advance(40min);
  Trainer it = trainer();
  ASSERT_TRUE(it.schedule(24h));
  ASSERT_TRUE(it.schedule(24h));
  EXPECT_EQ(number("SELECT count(*) FROM model WHERE state = 'training'"), 2);
  while (*it.step({})) {
  }
  EXPECT_EQ(number("SELECT count(*) FROM model WHERE state = 'training'"), 0);
  const auto all_of_them = models([&](PgModels& all) { return all.list(tenant_, std::nullopt, 10); });
  for (const auto& one : *all_of_them)
    if (one.kind == ModelKind::kRanking) use(one.id);
  const auto taste = *models([&](PgModels& all) { return all.active(tenant_, ModelKind::kTaste); });
  const auto ranking = *models([&](PgModels& all) { return all.active(tenant_, ModelKind::kRanking); });
  ASSERT_TRUE(ranking);
  EXPECT_EQ(ranking->kind, ModelKind::kRanking);
  if (taste) EXPECT_NE(taste->id, ranking->id);
  EXPECT_EQ(models([&](PgModels& all) { return all.start(tenant_, ModelKind::kRanking); })->kind,
            ModelKind::kRanking);
  EXPECT_EQ(models([&](PgModels& all) { return all.start(tenant_, ModelKind::kRanking); }).error().reason,
            "TRAINING_UNDER_WAY");
  EXPECT_TRUE(models([&](PgModels& all) { return all.start(tenant_, ModelKind::kTaste); }));
}

// A store in whose writing the process dies, as far as anybody can tell.
class DiesWriting final : public blob::Store {
 public:
  explicit DiesWriting(blob::Store& it) : it_(it) {}
  Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override {
    EXPECT_TRUE(it_.put(key, "half of a mod"));
    return fail(unavailable("OBJECT_STORE_FAILED", "It is away."));
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
};

TEST_F(RankingTest, DyingBetweenTrainingAndActivationLeavesWhatRankedBefore) {
  visits(60);
  clock_.advance(40min);
  const auto first = use_one();
  ASSERT_TRUE(first.active);
  ASSERT_TRUE(served_.refresh());
  const auto id = start();
  DiesWriting dying(*blobs_);
  EXPECT_FALSE(trainer(&dying).step({}));
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(served_.current(tenant_)->version(), ranker_version(first.object, 0));
  EXPECT_EQ(get(id).state, ModelState::kTraining);
  EXPECT_TRUE(*trainer(nullptr, "other").step({}));  // another takes it over
  ASSERT_TRUE(use(id).active);
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(served_.current(tenant_)->version(), ranker_version(get(id).object, 0));
  EXPECT_EQ(blobs_->list("models/", "", 10)->size(), 3u);  // one of them is the collector's
  // A file that is damaged later leaves the one in use, too.
  const auto third = use_one();
  ASSERT_TRUE(blobs_->put("models/default/recommendation/" + third.object.text(), "nonsense"));
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(served_.current(tenant_)->version(), ranker_version(get(id).object, 0));
}

TEST_F(RankingTest, WhatComesIsLearntOnceByOneOfAllAndIsThereAfterARestart) {
  visits(60);
  clock_.advance(40min);
  const auto model = use_one();
  ASSERT_TRUE(model.active);
  ASSERT_TRUE(served_.refresh());
  RankingStudent one = student(), two = student();
  EXPECT_FALSE(*one.step());
  EXPECT_EQ(number("SELECT count(*) FROM ranking_progress"), 0);  // all was in the training
  visits(5);
  EXPECT_FALSE(*one.step());
  EXPECT_EQ(number("SELECT count(*) FROM ranking_progress"), 0);  // not over yet
  clock_.advance(kOutcomeWindow + 2min);
  std::jthread other([&] { EXPECT_TRUE(two.step()); });
  EXPECT_TRUE(one.step());
  other.join();
  EXPECT_TRUE(one.step());
  EXPECT_TRUE(two.step());
  EXPECT_EQ(number("SELECT step FROM ranking_progress"), 1);
  const auto learnt = rank::RankingLearner::decode(
      (*pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT learner FROM ranking_progress"); }))[0]
          .bytes(0));
  ASSERT_TRUE(learnt);
  const auto file = ranking_from_file(*blobs_->get("models/default/recommendation/" + model.object.text()));
  EXPECT_EQ(learnt->events(),
            rank::RankingLearner::decode(file->learner)->events() + 100);  // 5 viewers, 20 series each
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(served_.current(tenant_)->version(), ranker_version(model.object, 1));
  ServedRankers restarted{deps()};
  ASSERT_TRUE(restarted.refresh());
  EXPECT_EQ(restarted.current(tenant_)->version(), ranker_version(model.object, 1));
  ASSERT_TRUE(catalogue_->refresh());
  const auto catalogue = catalogue_->of(tenant_);
  for (At at = 0; at < catalogue->size(); ++at)
    EXPECT_EQ(restarted.current(tenant_)->value(RankInput{}, *catalogue, at),
              served_.current(tenant_)->value(RankInput{}, *catalogue, at));
  // Another model begins with its own file; who is long behind passes over what is too old.
  visits(2);
  clock_.advance(2h);
  visits(1);
  clock_.advance(kOutcomeWindow + 2min);
  EXPECT_TRUE(one.step());
  EXPECT_EQ(number("SELECT step FROM ranking_progress"), 2);
  const auto further = rank::RankingLearner::decode(
      (*pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT learner FROM ranking_progress"); }))[0]
          .bytes(0));
  EXPECT_EQ(further->events(), learnt->events() + 20);
  clock_.advance(1s);
  const auto next = use_one();
  ASSERT_TRUE(next.active);
  ASSERT_TRUE(served_.refresh());
  EXPECT_EQ(served_.current(tenant_)->version(), ranker_version(next.object, 0));
}

TEST_F(RankingTest, WithoutTheDatabaseTheLastRankingStays) {
  visits(60);
  clock_.advance(40min);
  const auto model = use_one();
  ASSERT_TRUE(served_.refresh());
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("ALTER TABLE model RENAME TO gone"); }));
  EXPECT_FALSE(served_.refresh());
  EXPECT_EQ(served_.current(tenant_)->version(), ranker_version(model.object, 0));
}

}  // namespace
}  // namespace cliffhanger::recommendation
