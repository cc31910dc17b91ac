#include "services/transcode/worker/ledger.h"

#include <thread>

#include "libs/sql/heartbeat.h"
#include "services/transcode/domain/fixture.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/index.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

// No media here: pieces are made up, their objects hold nothing of worth, and nobody looks into them.
class LedgerTest : public World {
 protected:
  LedgerTest() {
    inspect_ = [](blob::Store&, const Presentation&) { return std::vector<std::string>(); };
  }

  RevisionId plan(EpisodeId episode) {
    ingest::v1::SourceVerified event;
    event.set_source_id(SourceId::make(clock_.now(), random_).text());
    event.set_episode_id(episode.text());
    event.set_owner_id(owner_.text());
    event.set_object_key("sources/default/x");
    event.set_sha256(episode.text());
    event.set_probe_json(media::to_json(media::Event(fixture::probe(360, 640, {30, 1}, 300))));
    EXPECT_TRUE(accept(event));
    return newest(episode).id;
  }
  RevisionId plan() { return plan(EpisodeId::make(clock_.now(), random_)); }

  // Makes every piece of the run, as a worker would. `wrong` spoils them.
  void make_pieces(Ledger& ledger, const Ledger::Work& work, bool wrong = false) {
    for (const PieceName& name : pieces_of(*work.revision.plan, work.run)) {
      Piece piece = fixture::piece(*work.revision.plan, name);
      if (wrong && name.index >= 0) ++piece.frames;
      ASSERT_TRUE(blobs_->put(piece.object_key, std::string(static_cast<std::size_t>(piece.bytes), 'x')));
      ASSERT_TRUE(ledger.commit(work, piece));
    }
  }
  void caption(EpisodeId episode, const std::string& words) {
    const auto done = pool_->transact([&](sql::Tx& tx) -> Result<void> {
      PgCaptions shelf(tx, call_, clock_, random_);
      const std::string text = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + words + "\n";
      CH_TRY(Captioning({shelf, clock_})
                 .put(episode, std::nullopt, {"en", "", text, {}, CaptionsKind::kSubtitles})
                 .map([](const auto&) {}));
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  // Works until packaging is what comes next.
  Ledger::Work until_packaging(Ledger& ledger) {
    while (auto work = *ledger.lease("w")) {
      if (work->run.kind == Kind::kPackage) return *work;
      EXPECT_TRUE(perform(ledger, *work));
    }
    ADD_FAILURE() << "nothing is to be packaged";
    return {};
  }
  std::string captions_in(const Index& index) {
    for (const auto& [name, entry] : index.objects) {
      if (name.starts_with("captions/en/0-")) return object(index, name);
    }
    return "";
  }
  Result<void> perform(Ledger& ledger, const Ledger::Work& work, bool wrong = false) {
    if (work.run.kind == Kind::kPackage) return ledger.package(work).map([](const auto&) {});
    if (work.run.kind == Kind::kWithdraw) return ledger.withdraw(work);
    if (work.run.kind == Kind::kAnalyse)
      return ledger.choose(work, with_tail_like_head(*work.revision.plan).tail_crfs);
    make_pieces(ledger, work, wrong);
    CH_TRY(ledger.publish(work));
    return ledger.complete(work);
  }
};

TEST_F(LedgerTest, TheLastTaskBringsThePackaging) {
  const RevisionId id = plan();
  Ledger ledger = World::ledger();
  std::vector<std::string> kinds;
  while (const auto work = *ledger.lease("w")) {
    kinds.push_back(work->task.kind);
    ASSERT_TRUE(perform(ledger, *work));
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"encode", "audio", "encode", "analyse", "picture", "storyboard", "encode", "package"}));
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
    EXPECT_FALSE(whole.playlists.empty());
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

// The long part of packaging is outside of any transaction: what changes meanwhile is seen at its end.
TEST_F(LedgerTest, CaptionsThatChangeWhileItIsPackagedAreInIt) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = plan(episode);
  caption(episode, "before");
  std::vector<std::string> seen;
  inspect_ = [&](blob::Store&, const Presentation& whole) -> Result<std::vector<std::string>> {
    for (const Playlist& one : whole.playlists) {
      if (one.name.starts_with("captions/en/0-")) seen.push_back(one.text);
    }
    if (seen.size() == 1) caption(episode, "meanwhile");
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  ASSERT_TRUE(perform(ledger, until_packaging(ledger)));
  ASSERT_EQ(seen.size(), 2U) << "judged again";
  EXPECT_NE(seen[1].find("meanwhile"), std::string::npos);
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(captions_in(*index(id)), seen[1]);
  const auto published = get(id).published;
  while (const auto work = *ledger.lease("w")) ASSERT_TRUE(ledger.captions(*work));
  EXPECT_EQ(get(id).published, published) << "nothing is left to do";
}

TEST_F(LedgerTest, WhatChangesAgainAndAgainIsGivenUpForATime) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = plan(episode);
  int asked = 0;
  inspect_ = [&](blob::Store&, const Presentation&) -> Result<std::vector<std::string>> {
    caption(episode, std::to_string(++asked));
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  const auto work = until_packaging(ledger);
  const auto done = ledger.package(work);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "PACKAGE_OUTDATED");
  EXPECT_EQ(asked, 5);
  ASSERT_TRUE(ledger.failed(work, done.error(), false));
  EXPECT_TRUE(is_open(get(id).state));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'package' AND state = 'ready'"), 1);
}

// The worker was cut off in the middle; somebody else has done it when it comes back.
TEST_F(LedgerTest, ALeaseThatIsLostWhileItIsPackagedChangesNothing) {
  const RevisionId id = plan();
  Ledger quick = World::ledger();
  bool once = true;
  std::string published;
  inspect_ = [&](blob::Store&, const Presentation&) -> Result<std::vector<std::string>> {
    if (!std::exchange(once, false)) return std::vector<std::string>();
    std::this_thread::sleep_for(80ms);
    const auto other = *quick.lease("other");
    EXPECT_TRUE(other && perform(quick, *other));
    published = get(id).published;
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  while (number("SELECT count(*) FROM work WHERE kind = 'package'") == 0)
    ASSERT_TRUE(perform(ledger, **ledger.lease("w")));
  Ledger cut_off = World::ledger(50ms);
  const auto work = *cut_off.lease("slow");
  ASSERT_EQ(work->run.kind, Kind::kPackage);
  const auto done = cut_off.package(*work);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "LEASE_LOST");
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(get(id).published, published);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'package' AND state = 'done'"), 1);
}

// Another revision of the same source found an object gone, and it was made anew.
TEST_F(LedgerTest, APieceThatIsMadeAnewWhileItIsPackagedIsTheOneThatIsServed) {
  const RevisionId id = plan();
  int asked = 0;
  inspect_ = [&](blob::Store&, const Presentation&) -> Result<std::vector<std::string>> {
    if (++asked > 1) return std::vector<std::string>();
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("UPDATE piece SET object_key = object_key || '-2' WHERE object_key LIKE '%v180-0'");
    }));
    EXPECT_TRUE(blobs_->put("segments/default/v180-0-2", *blobs_->get("segments/default/v180-0")));
    return std::vector<std::string>();
  };
  Ledger ledger = World::ledger();
  ASSERT_TRUE(perform(ledger, until_packaging(ledger)));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(index(id)->objects.at("v180/0.m4s").first, "segments/default/v180-0-2");
}

// Nothing that fails is shown, also not later: the index stays, operators and the creator learn why.
TEST_F(LedgerTest, CaptionsThatTheGateRefusesLeaveWhatIsServed) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = plan(episode);
  Ledger ledger = World::ledger();
  while (const auto work = *ledger.lease("w")) ASSERT_TRUE(perform(ledger, *work));
  const auto before = index(id);
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) -> Result<std::vector<std::string>> {
    const auto named = [&](std::string_view what) {
      return std::any_of(whole.media.begin(), whole.media.end(), [&](const Media& one) {
        return one.name.starts_with(what) && blobs.head(one.object_key);
      });
    };
    EXPECT_TRUE(named("captions/en/0-") && named("main.m3u8") && named("v180/0.m4s"));
    return fail(internal("GATE_NOT_CONFORMANT", "Rule webvtt is not met by captions/en/0.vtt."));
  };
  caption(episode, "bad");
  Ledger judging = World::ledger();
  const auto work = *judging.lease("w");
  ASSERT_TRUE(work);
  ASSERT_EQ(work->run.kind, Kind::kCaptions);
  const auto done = judging.captions(*work);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "GATE_NOT_CONFORMANT");
  ASSERT_TRUE(judging.failed(*work, done.error(), true));
  EXPECT_EQ(index(id)->objects, before->objects);
  EXPECT_EQ(get(id).state, State::kReady);
  const auto letters =
      transact([](PgRevisions& revisions) { return revisions.dead_letters(std::nullopt, 10); });
  ASSERT_EQ(letters->size(), 1U);
  EXPECT_EQ(letters->front().kind, "captions");
  EXPECT_EQ(letters->front().reason, "GATE_NOT_CONFORMANT");
  const auto told = [&] {
    return pool_->transact([&](sql::Tx& tx) { return PgCaptions(tx, call_, clock_, random_).list(episode); })
        ->at(0)
        .failure_reason;
  };
  EXPECT_EQ(told(), "GATE_NOT_CONFORMANT");
  inspect_ = [](blob::Store&, const Presentation&) { return std::vector<std::string>(); };
  caption(episode, "good");
  EXPECT_EQ(told(), "");
  Ledger again = World::ledger();
  while (const auto next = *again.lease("w")) ASSERT_TRUE(again.captions(*next));
  EXPECT_NE(captions_in(*index(id)).find("good"), std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::transcode
