#include "services/transcode/worker/ledger.h"

#include <thread>

#include "libs/sql/heartbeat.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/ledger_world.h"

namespace cliffhanger::transcode {
namespace {

using LedgerTest = LedgerWorld;

TEST_F(LedgerTest, TheLastTaskBringsThePackaging) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  std::vector<std::string> kinds;
  while (const auto work = *ledger.lease("w")) {
    kinds.push_back(work->task.kind);
    ASSERT_TRUE(perform(ledger, *work));
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"encode", "audio", "encode", "audio", "encode", "analyse", "picture", "storyboard", "encode", "package"}));
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(told().back(), "RevisionReady");
}

TEST_F(LedgerTest, TheGateRefusesWrongFrames) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  while (const auto work = *ledger.lease("w")) {
    const auto done = perform(ledger, *work, true);
    if (work->run.kind != Kind::kPackage) continue;
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().reason, "GATE_FRAMES");
    ASSERT_TRUE(ledger.failed(*work, done.error(), true));
  }
  EXPECT_EQ(get(id).state, State::kFailed);
  EXPECT_EQ(get(id).failure_reason, "GATE_FRAMES");
  EXPECT_EQ(told().back(), "RevisionFailed");
  EXPECT_FALSE(index(id));  // withdrawn: whoever was watching must not wait for more
}

TEST_F(LedgerTest, NothingIsPublishedThatIsNotConformant) {
  int asked = 0;
  inspect_ = [&](blob::Store&, const Presentation& whole) -> Result<std::vector<std::string>> {
    ++asked;
    EXPECT_NE(named(whole, "main.m3u8"), nullptr);
    return fail(internal("GATE_NOT_CONFORMANT", "Rule 7.3 is not met at v540/video.m3u8."));
  };
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  while (const auto work = *ledger.lease("w")) {
    const auto done = perform(ledger, *work);
    if (work->run.kind == Kind::kPackage) ASSERT_TRUE(ledger.failed(*work, done.error(), true));
  }
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(get(id).state, State::kFailed);
  EXPECT_EQ(get(id).failure_reason, "GATE_NOT_CONFORMANT");
  EXPECT_FALSE(index(id));
}

TEST_F(LedgerTest, WhatIsCancelledStopsPlaying) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId older = plan(episode);
  Ledger ledger = World::ledger();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(perform(ledger, **ledger.lease("w")));
  ASSERT_EQ(index(older)->state, "provisional");
  const RevisionId newer = plan(episode);
  EXPECT_TRUE(index(older));
  while (const auto work = *ledger.lease("w")) ASSERT_TRUE(perform(ledger, *work));
  EXPECT_FALSE(index(older));
  EXPECT_EQ(get(older).state, State::kCancelled);
  EXPECT_EQ(get(newer).state, State::kReady);
}

TEST_F(LedgerTest, WhatWasReplayedBeforeTheWithdrawalPlaysOn) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(perform(ledger, **ledger.lease("w")));
  const auto failing = *ledger.lease("w");
  ASSERT_TRUE(ledger.failed(*failing, internal("X", "x"), true));
  EXPECT_EQ(get(id).state, State::kFailed);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'withdraw' AND state = 'ready'"), 1);
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.replay(failing->task.id.uuid()); }));
  while (const auto work = *ledger.lease("w")) {
    ASSERT_TRUE(perform(ledger, *work));
    EXPECT_TRUE(index(id));
  }
  EXPECT_EQ(get(id).state, State::kReady);
}

// A worker that was cut off writes its provisional index after the revision became ready.
TEST_F(LedgerTest, ALateProvisionalIndexDoesNotReplaceTheFinishedOne) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  while (const auto work = *ledger.lease("w")) ASSERT_TRUE(perform(ledger, *work));
  Revision stale = get(id);
  stale.state = State::kProvisional;
  stale.published.clear();
  const auto assembly = transact([&](PgRevisions& revisions) { return revisions.pieces(id); });
  ASSERT_TRUE(write_presentation(*blobs_, stale, *provisional(*stale.plan, *assembly)));
  EXPECT_EQ(index(id)->state, "ready");
}

TEST_F(LedgerTest, APieceThatIsNotThereAtTheEndIsMadeAgain) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  int packagings = 0;
  while (const auto work = *ledger.lease("w")) {
    if (work->run.kind == Kind::kPackage && ++packagings == 1) {
      ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.forget_piece(id, {"v180", 1}); }));
    }
    ASSERT_TRUE(perform(ledger, *work));
  }
  EXPECT_EQ(packagings, 2);
  EXPECT_EQ(get(id).state, State::kReady);
}

// However the analysis ended, nothing is packaged without a tail.
TEST_F(LedgerTest, ATailThatWasNeverChosenIsChosenBeforePackaging) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  int analyses = 0;
  while (const auto work = *ledger.lease("w")) {
    if (work->run.kind == Kind::kAnalyse && ++analyses == 1) {
      ASSERT_TRUE(ledger.complete(*work));
    } else {
      ASSERT_TRUE(perform(ledger, *work));
    }
  }
  EXPECT_EQ(analyses, 2);
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(get(id).segments_done, get(id).segments_total);
}

TEST_F(LedgerTest, TwoLastTasksAtOnceBringOnePackaging) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  std::vector<Ledger::Work> all;
  while (auto work = *ledger.lease("w")) {
    if (work->run.kind == Kind::kAnalyse) {
      ASSERT_TRUE(perform(ledger, *work));
    } else {
      all.push_back(std::move(*work));
    }
  }
  for (const auto& work : all) make_pieces(ledger, work);
  std::vector<std::thread> threads;
  for (const auto& work : all) threads.emplace_back([&] { EXPECT_TRUE(ledger.complete(work)); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'package'"), 1);
  ASSERT_TRUE(perform(ledger, **ledger.lease("w")));
  EXPECT_EQ(get(id).state, State::kReady);
}

TEST_F(LedgerTest, ATaskThatKillsItsWorkersFailsTheRevision) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger(1ms);
  for (int i = 0; i < 5; ++i) {
    const auto work = *ledger.lease("w");
    ASSERT_TRUE(work);
    EXPECT_EQ(work->task.attempts, i + 1);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_FALSE(*ledger.lease("w"));
  EXPECT_EQ(get(id).state, State::kFailed);
  EXPECT_EQ(get(id).failure_reason, "LEASE_RAN_OUT");
  EXPECT_EQ(told(), (std::vector<std::string>{"RevisionStarted", "RevisionFailed"}));
}

TEST_F(LedgerTest, ProgressMakesEarlierAttemptsForgotten) {
  plan();
  Ledger ledger = World::ledger(1ms);
  for (int i = 0; i < 20; ++i) {
    const auto work = *ledger.lease("w");
    ASSERT_TRUE(work) << i;
    EXPECT_LE(work->task.attempts, 2);
    Ledger patient = World::ledger();
    ASSERT_TRUE(patient.extend(work->task));
    ASSERT_TRUE(ledger.commit(*work, fixture::piece(*work->revision.plan, {work->run.rungs[0], 0})));
    std::this_thread::sleep_for(5ms);
  }
}

TEST_F(LedgerTest, ARecordThatCannotBeReadBlocksNobody) {
  const RevisionId id = plan();
  plan();
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) {
    return tx.run_text(
        "UPDATE work SET payload = '{\"rungs\": 1}' WHERE task_id = (SELECT task_id FROM work ORDER BY "
        "priority, "
        "created_at LIMIT 1)");
  }));
  Ledger ledger = World::ledger();
  EXPECT_EQ(ledger.lease("w").error().reason, "BAD_RECORD");
  EXPECT_TRUE(*ledger.lease("w"));
  EXPECT_EQ(get(id).state, State::kFailed);
  EXPECT_EQ(get(id).failure_reason, "BAD_RECORD");
  EXPECT_EQ(told().back(), "RevisionFailed");
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'leased' AND subject = '" + id.text() + "'"), 0);
}

// Not even the revision can be read, and its worker died besides.
TEST_F(LedgerTest, ARevisionThatCannotBeReadFails) {
  const RevisionId id = plan();
  const auto spoil = [&] {
    return pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE revision SET plan = '[]'::jsonb"); });
  };
  const auto state = [&] {
    return pool_
        ->transact([&](sql::Tx& tx) {
          return tx.run_text("SELECT state || ' ' || failure_reason FROM revision WHERE revision_id = '" +
                             id.text() + "'");
        })
        ->operator[](0)
        .text(0);
  };
  ASSERT_TRUE(spoil());
  Ledger ledger = World::ledger();
  EXPECT_EQ(ledger.lease("w").error().reason, "BAD_RECORD");
  EXPECT_EQ(state(), "failed BAD_RECORD");
  EXPECT_EQ(told().back(), "RevisionFailed");
  EXPECT_FALSE(*ledger.lease("w"));
}

TEST_F(LedgerTest, ADeadTaskOfAnUnreadableRevisionBlocksNobody) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger(1ms);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(*ledger.lease("w"));
    std::this_thread::sleep_for(5ms);
  }
  ASSERT_TRUE(
      pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE revision SET plan = '[]'::jsonb"); }));
  EXPECT_FALSE(*ledger.lease("w"));
  EXPECT_EQ(
      number("SELECT count(*) FROM revision WHERE state = 'failed' AND revision_id = '" + id.text() + "'"),
      1);
}

TEST_F(LedgerTest, AHeartbeatHoldsTheLeaseAndTellsWhenItIsLost) {
  plan();
  Ledger ledger = World::ledger(300ms);
  const auto work = *ledger.lease("w");
  const std::stop_source cancel;
  const sql::Heartbeat heartbeat(20ms, [&] { return ledger.extend(work->task); }, cancel);
  std::this_thread::sleep_for(600ms);
  EXPECT_FALSE(heartbeat.lost());
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sql::cancel_tasks(tx, work->task.subject); }));
  for (int i = 0; i < 500 && !heartbeat.lost(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(heartbeat.lost());
  EXPECT_TRUE(cancel.stop_requested());
}

// The head of one creator's episode goes ahead of another's tail, and lanes take turns.
TEST_F(LedgerTest, HeadsGoFirstWhoeverTheirCreatorIs) {
  const RevisionId first = plan();
  Ledger ledger = World::ledger();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(*ledger.lease("w"));
  owner_ = UserId::make(clock_.now(), random_);
  const RevisionId second = plan();
  const auto next = *ledger.lease("w");
  EXPECT_EQ(next->revision.id, second);
  EXPECT_NE(next->revision.id, first);
}

}  // namespace
}  // namespace cliffhanger::transcode
