// Cancelled and deleted at every stage of the work, with the real worker: nothing goes on, nothing comes
// back.
#include <filesystem>
#include <thread>

#include "libs/obs/names.h"
#include "services/transcode/worker/sweeper.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

class CancelTest : public World {
 protected:
  CancelTest() { make_clip(path_, 7); }
  // Takes the revision away while the worker is in its step number `stage`; gives whether there was such a
  // step.
  bool run_until(Worker& worker, int stage, const std::function<void()>& take_away) {
    for (int i = 0; i < stage; ++i) {
      const auto did = worker.step();
      EXPECT_TRUE(did);
      if (!did || !*did) return false;
    }
    std::atomic<bool> over{false}, any{false};
    std::thread working([&] {
      const auto did = worker.step();
      EXPECT_TRUE(did) << did.error().reason;
      any = did && *did;
      over = true;
    });
    while (!over && children().empty()) std::this_thread::sleep_for(1ms);
    take_away();
    working.join();
    return any;
  }
  void expect_nothing_left(Worker& worker, RevisionId id) {
    EXPECT_TRUE(children().empty());
    run_all(worker);  // takes its playlists back
    EXPECT_EQ(get(id).state, State::kCancelled);
    EXPECT_FALSE(index(id));
    EXPECT_EQ(number("SELECT count(*) FROM work WHERE state IN ('ready', 'leased')"), 0);
    const auto part = std::filesystem::directory_iterator(dir_.path() + "/scratch")->path();
    EXPECT_TRUE(std::filesystem::is_empty(part));
    Sweeper sweeper({*pool_, *blobs_, metrics_}, {0ms, 0ms, 0ms});
    for (bool more = true; more;) {
      std::this_thread::sleep_for(2ms);  // "0 ms ago" is not before now
      const auto did = sweeper.step();
      ASSERT_TRUE(did);
      more = *did;
    }
    const auto left = blobs_->list("", "", 1000);
    for (const auto& object : *left) EXPECT_TRUE(object.key.starts_with("sources/")) << object.key;
    EXPECT_EQ(pieces(), 0);
  }
  const std::string path_ = dir_.path() + "/clip.mp4";
};

TEST_F(CancelTest, CancelledAtEachStage) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  for (int stage = 0;; ++stage) {
    const RevisionId id = start(path_, EpisodeId::make(clock_.now(), random_));
    bool ready = false;
    const bool any = run_until(*worker, stage, [&] {
      const auto gone = transact([&](PgRevisions& revisions) { return revisions.cancel(id, owner_); });
      ready = !gone && gone.error().reason == "REVISION_READY";
      EXPECT_TRUE(gone || ready) << gone.error().reason;
    });
    if (!any || ready) {
      EXPECT_GE(stage, 5) << "stages were left out";
      return;
    }
    expect_nothing_left(*worker, id);
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "at stage " << stage;
  }
}

TEST_F(CancelTest, DeletedAtEachStageAndWhenItWasReady) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  for (int stage = 1;; stage += 2) {
    const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
    const RevisionId id = start(path_, episode);
    const bool any = run_until(*worker, stage, [&] {
      ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_deleted(episode, 9); }));
    });
    expect_nothing_left(*worker, id);
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "at stage " << stage;
    if (!any) return;
  }
}

// What the sweeper took is encoded again.
TEST_F(CancelTest, AFailedRevisionThatWasSweptCanBeReplayed) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const auto event = verified(path_, EpisodeId::make(clock_.now(), random_));
  ASSERT_TRUE(accept(event));
  const RevisionId id = newest(*EpisodeId::parse(event.episode_id())).id;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(*worker->step());
  EXPECT_GT(pieces(), 0);
  ASSERT_TRUE(blobs_->put(event.object_key(), "this is no video any more"));
  run_all(*worker);
  ASSERT_EQ(get(id).state, State::kFailed);
  Sweeper sweeper({*pool_, *blobs_, metrics_}, {0ms, 0ms, 0ms});
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(sweeper.step());
  EXPECT_EQ(pieces(), 0);
  const auto dead = transact([](PgRevisions& revisions) { return revisions.dead_letters(std::nullopt, 10); });
  ASSERT_FALSE(dead->empty());
  ASSERT_TRUE(blobs_->put_file(event.object_key(), path_));
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.replay(dead->front().task); }));
  run_all(*worker);
  EXPECT_EQ(get(id).state, State::kReady);
  const auto served = index(id);
  ASSERT_TRUE(served);
  for (const auto& [name, entry] : served->objects) EXPECT_FALSE(object(*served, name).empty()) << name;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(sweeper.step());  // nothing of it is anybody's garbage
  for (const auto& [name, entry] : served->objects) EXPECT_FALSE(object(*served, name).empty()) << name;
}

TEST_F(CancelTest, WhatWasCancelledIsNotEncodedAgainForAWhile) {
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId first = start(path_, EpisodeId::make(clock_.now(), random_));
  run_until(*worker, 2, [&] {
    ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.cancel(first, owner_); }));
  });
  const auto kept = pieces();
  EXPECT_GT(kept, 0);
  Sweeper sweeper({*pool_, *blobs_, metrics_}, {24h, 24h, 1h});
  ASSERT_TRUE(sweeper.step());
  const RevisionId second = start(path_, EpisodeId::make(clock_.now(), random_));
  EXPECT_GT(get(second).segments_done, 0);
  run_all(*worker);
  EXPECT_EQ(get(second).state, State::kReady);
  EXPECT_EQ(index(second)->state, "ready");
  // What it cost was told by the child.
  EXPECT_GT(metrics_.counter(obs::names::kEncodeCpuSeconds, "", {{"rung", "v360"}}).value(), 0);
}

}  // namespace
}  // namespace cliffhanger::transcode
