// Heads of sources whose upload still goes on, with the real worker: made once, seen by nobody, and gone if
// the rest never comes.
#include <thread>

#include "services/transcode/rpc/episode_events.h"
#include "services/transcode/worker/sweeper.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

class EarlyTest : public World {
 protected:
  // Large enough for its beginning to be told from text, with its index in front.
  EarlyTest() {
    shell(
        "ffmpeg -nostdin -y -f lavfi -i testsrc2=size=360x640:rate=30:duration=9 -f lavfi -i "
        "sine=frequency=440:duration=9 -c:v libx264 -preset ultrafast -crf 16 -g 60 -pix_fmt yuv420p -c:a "
        "aac "
        "-shortest -movflags +faststart " +
        path_);
    verified_ = verified(path_, episode_);
    const auto bytes = blobs_->get(verified_.object_key(), 1 << 26).value();
    const std::string head = bytes.substr(0, bytes.size() * 7 / 10);
    std::ofstream(path_ + ".head", std::ios::binary) << head;
    EXPECT_TRUE(blobs_->put("parts/default/x/head", head));
    arrived_.set_source_id(verified_.source_id());
    arrived_.set_upload_id(verified_.source_id());
    arrived_.set_episode_id(verified_.episode_id());
    arrived_.set_owner_id(verified_.owner_id());
    arrived_.set_object_key("parts/default/x/head");
    arrived_.set_head_bytes(static_cast<std::int64_t>(head.size()));
    arrived_.set_head_sha256(digest_of_file(path_ + ".head")->sha256);
    arrived_.set_length(verified_.length());
    const auto object = blobs_->open("parts/default/x/head");
    media::ProbeJob job;
    job.whole_bytes = verified_.length();
    const auto probe = runner_.probe(object->fd(), job, {});
    EXPECT_TRUE(probe) << probe.error().reason;
    if (probe) arrived_.set_probe_json(media::to_json(media::Event(*probe)));
    verified_.set_head_bytes(arrived_.head_bytes());
    verified_.set_head_sha256(arrived_.head_sha256());
  }
  void head_arrives() {
    ASSERT_TRUE(transact([&](PgRevisions& revisions) {
      Planning planning({revisions, clock_, random_});
      return accept_head(planning, call_, arrived_);
    }));
  }
  void head_is_gone() {
    ingest::v1::SourceHeadGone event;
    event.set_source_id(arrived_.source_id());
    ASSERT_TRUE(transact([&](PgRevisions& revisions) {
      Planning planning({revisions, clock_, random_});
      return end_head(planning, event);
    }));
  }
  void delete_episode() {
    catalog::v1::EpisodeDeleted event;
    event.set_episode_id(episode_.text());
    event.set_version(9);
    ASSERT_TRUE(transact([&](PgRevisions& revisions) { return hear_deleted(revisions, event); }));
  }
  std::int64_t open_tasks(const std::string& kind) {
    return number("SELECT count(*) FROM work WHERE state IN ('ready', 'leased') AND kind = '" + kind + "'");
  }
  void sweep() {
    Sweeper sweeper({*pool_, *blobs_, metrics_}, {0ms, 0ms, 0ms});
    for (bool more = true; more;) {
      std::this_thread::sleep_for(2ms);  // "0 ms ago" is not before now
      const auto did = sweeper.step();
      ASSERT_TRUE(did);
      more = *did;
    }
  }
  void expect_no_segment_left() {
    EXPECT_EQ(pieces(), 0);
    EXPECT_TRUE(blobs_->list("segments/", "", 10)->empty());
    EXPECT_EQ(open_tasks("early"), 0);
  }

  const std::string path_ = dir_.path() + "/clip.mp4";
  const EpisodeId episode_ = EpisodeId::make(clock_.now(), random_);
  ingest::v1::SourceVerified verified_;
  ingest::v1::SourceHeadArrived arrived_;
  Ledger ledger_ = World::ledger();
  std::unique_ptr<Worker> worker_ = World::worker(ledger_);
};

TEST_F(EarlyTest, IsMadeOnceAndTheRestGoesOnFromIt) {
  head_arrives();
  head_arrives();
  EXPECT_EQ(open_tasks("early"), 3);
  run_all(*worker_);
  const std::int64_t made = pieces();
  EXPECT_EQ(made, 3 * 2) << "the first two segments, and how they begin, of both rungs";
  ASSERT_TRUE(accept(verified_));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'encode' AND state = 'ready'"), 0)
      << "the head is not made again";
  run_all(*worker_);
  const Revision revision = newest(episode_);
  EXPECT_EQ(revision.state, State::kReady) << revision.failure_reason << revision.failure_message;
  EXPECT_EQ(
      number(
          "SELECT count(DISTINCT e.object_key) FROM piece e JOIN revision_piece ep USING (tenant, piece_key) "
          "JOIN revision er ON er.revision_id = ep.revision_id AND er.state = 'early' "
          "JOIN piece p ON p.object_key = e.object_key JOIN revision_piece rp ON rp.piece_key = p.piece_key "
          "JOIN revision r ON r.revision_id = rp.revision_id AND r.state = 'ready'"),
      made);
  const auto shown = index(revision.id);
  ASSERT_TRUE(shown);
  // What the early one leaves is swept, and what it shared stays.
  sweep();
  for (const auto& [name, object] : shown->objects) EXPECT_TRUE(blobs_->head(object.first)) << name;
  EXPECT_EQ(
      number("SELECT count(*) FROM piece p WHERE NOT EXISTS (SELECT FROM revision_piece rp JOIN revision r "
             "USING (tenant, revision_id) WHERE rp.piece_key = p.piece_key AND r.state = 'ready')"),
      0);
}

// The proof that what was made of the beginning is what the whole gives.
TEST_F(EarlyTest, TheWholeGivesTheSameBytes) {
  head_arrives();
  run_all(*worker_);
  verified_.clear_head_sha256();  // so that the head is made again, of the whole
  verified_.clear_head_bytes();
  ASSERT_TRUE(accept(verified_));
  run_all(*worker_);
  ASSERT_EQ(newest(episode_).state, State::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM revision_piece e JOIN revision er ON er.revision_id = e.revision_id "
                   "AND er.state = 'early' "
                   "JOIN piece ep ON ep.piece_key = e.piece_key JOIN revision_piece w ON w.track = e.track "
                   "AND w.ordinal = e.ordinal "
                   "JOIN revision r ON r.revision_id = w.revision_id AND r.state = 'ready' "
                   "JOIN piece p ON p.piece_key = w.piece_key AND p.sha256 = ep.sha256 AND p.piece_key <> "
                   "ep.piece_key"),
            6);
}

TEST_F(EarlyTest, NobodySeesIt) {
  head_arrives();
  run_all(*worker_);
  EXPECT_TRUE(
      transact([&](PgRevisions& r) { return r.list(episode_, std::nullopt, std::nullopt, 10); })->empty());
  const auto rows =
      pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT revision_id FROM revision"); });
  const auto id = (*rows)[0].id<RevisionId>(0);
  EXPECT_EQ(transact([&](PgRevisions& r) { return r.get(id, std::nullopt); }).error().reason,
            "REVISION_NOT_FOUND");
  EXPECT_EQ(transact([&](PgRevisions& r) { return r.cancel(id, std::nullopt); }).error().reason,
            "REVISION_NOT_FOUND");
  EXPECT_EQ(transact([&](PgRevisions& r) { return r.film(episode_, owner_); }).error().reason,
            "EPISODE_NOT_FOUND");
  EXPECT_TRUE(blobs_->list("revisions/", "", 10)->empty()) << "nothing that a player could be given";
  EXPECT_TRUE(told().empty());
}

TEST_F(EarlyTest, WhatComesTooLateIsIgnored) {
  ASSERT_TRUE(accept(verified_));
  head_arrives();
  EXPECT_EQ(open_tasks("early"), 0);
  delete_episode();
  arrived_.set_source_id(SourceId::make(clock_.now(), random_).text());
  head_arrives();
  EXPECT_EQ(open_tasks("early"), 0);
}

TEST_F(EarlyTest, AnotherPlanTakesNothingOfIt) {
  head_arrives();
  run_all(*worker_);
  auto event = media::parse_event(verified_.probe_json()).value();
  std::get<media::ProbeEvent>(event).video.rate = {25, 1};
  verified_.set_probe_json(media::to_json(event));
  ASSERT_TRUE(accept(verified_));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'encode' AND priority = 10 AND state = 'ready'"),
            1);
  EXPECT_EQ(pieces(), 6);
}

TEST_F(EarlyTest, ABeginningOfOtherBytesThanTheWholeIsNotTaken) {
  head_arrives();
  run_all(*worker_);
  verified_.set_head_sha256(std::string(64, 'a'));
  ASSERT_TRUE(accept(verified_));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'encode' AND priority = 10 AND state = 'ready'"),
            1);
  run_all(*worker_);
  EXPECT_EQ(newest(episode_).state, State::kReady);
}

// HEVC of the deployment is no part of a head.
TEST_F(EarlyTest, IsTakenByADeploymentThatAddsHevc) {
  head_arrives();
  run_all(*worker_);
  hevc_ = Hevc::kAdd;
  ASSERT_TRUE(accept(verified_));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'encode' AND state = 'ready'"), 0);
}

// A dub that waits for its film knows nothing of the film's beginning.
TEST_F(EarlyTest, ADubHasNothingToDoWithIt) {
  Dub dub;
  dub.episode = episode_;
  dub.source = SourceId::make(clock_.now(), random_);
  dub.owner = owner_;
  dub.language = "es";
  dub.object_key = "sources/default/dub";
  dub.sha256 = std::string(64, 'd');
  dub.duration_ms = 9000;
  dub.verified = clock_.now();
  const auto shelf = [&](auto act) {
    return pool_->transact([&](sql::Tx& tx) {
      PgDubs dubs(tx, call_, outbox_, clock_, random_);
      return act(dubs);
    });
  };
  head_arrives();
  EXPECT_FALSE(shelf([&](PgDubs& dubs) { return dubs.open(episode_, owner_); })) << "nothing was uploaded yet";
  ASSERT_TRUE(shelf([&](PgDubs& dubs) { return Dubbing(dubs).accept(dub); }));
  EXPECT_EQ(open_tasks("dub"), 0);
  ASSERT_TRUE(accept(verified_));
  ASSERT_TRUE(shelf([&](PgDubs& dubs) { return dubs.ask(episode_); }));
  EXPECT_EQ(open_tasks("dub"), 1);
  // Its source is not there: the film goes on without it.
  run_all(*worker_);
  EXPECT_EQ(newest(episode_).state, State::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM dub_progress WHERE state = 'failed' AND reason = 'SOURCE_GONE'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state <> 'done' AND kind NOT IN ('early', 'dub')"), 0);
  delete_episode();
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'dead'"), 0) << "no letter about what nobody needs";
}

// As often as a task may: it takes nothing with it.
TEST_F(EarlyTest, WorkersThatDieAtItAreNobodysLoss) {
  head_arrives();
  for (int i = 0; i < 5 * 3; ++i) {
    ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return sql::lease_task(tx, {"early"}, "dead", 1ms); }));
    std::this_thread::sleep_for(5ms);
  }
  run_all(*worker_);
  EXPECT_EQ(open_tasks("early"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE state = 'early'"), 1);
  EXPECT_TRUE(told().empty());
  ASSERT_TRUE(accept(verified_));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'dead'"), 0) << "no letter about what nobody needs";
  run_all(*worker_);
  EXPECT_EQ(newest(episode_).state, State::kReady);
}

TEST_F(EarlyTest, OfAnUploadThatIsGivenUpNothingStays) {
  head_arrives();
  ASSERT_TRUE(worker_->step());
  head_is_gone();
  head_is_gone();
  run_all(*worker_);
  sweep();
  expect_no_segment_left();
  head_arrives();  // the bus was lost, and tells again
  EXPECT_EQ(open_tasks("early"), 0);
}

TEST_F(EarlyTest, OfADeletedEpisodeNothingStays) {
  head_arrives();
  ASSERT_TRUE(worker_->step());
  delete_episode();
  sweep();
  expect_no_segment_left();
}

TEST_F(EarlyTest, OfWhichNobodyTellsAnyMoreNothingStays) {
  head_arrives();
  ASSERT_TRUE(worker_->step());  // and the other task still waits
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) {
    return tx.run_text("UPDATE revision SET ended_at = ended_at - interval '8 days'");
  }));
  sweep();
  expect_no_segment_left();
}

TEST_F(EarlyTest, TheRestThatComesInMidWorkTakesWhatIsThere) {
  head_arrives();
  std::thread working([&] { EXPECT_TRUE(worker_->step()); });
  while (pieces() < 1 && open_tasks("early") > 1) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(accept(verified_));
  working.join();
  EXPECT_EQ(open_tasks("early"), 0);
  run_all(*worker_);
  EXPECT_EQ(newest(episode_).state, State::kReady);
}

TEST_F(EarlyTest, ABeginningThatIsGoneIsNoFailure) {
  head_arrives();
  ASSERT_TRUE(blobs_->remove(arrived_.object_key()));
  run_all(*worker_);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state <> 'done'"), 0);
  EXPECT_EQ(pieces(), 0);
}

// ingest may hear of the end of an episode before transcode does.
TEST_F(EarlyTest, ASourceThatIsGoneCancelsItsRevision) {
  ASSERT_TRUE(accept(verified_));
  ASSERT_TRUE(worker_->step());
  ASSERT_TRUE(blobs_->remove(verified_.object_key()));
  run_all(*worker_);
  const Revision revision = newest(episode_);
  EXPECT_EQ(revision.state, State::kCancelled) << revision.failure_reason;
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state IN ('ready', 'leased', 'dead')"), 0);
  EXPECT_FALSE(index(revision.id));
}

}  // namespace
}  // namespace cliffhanger::transcode
