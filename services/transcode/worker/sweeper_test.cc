#include "services/transcode/worker/sweeper.h"

#include <thread>

#include "services/transcode/domain/fixture.h"
#include "services/transcode/rpc/episode_events.h"
#include "services/transcode/store/test_store.h"
#include "services/transcode/worker/index.h"

namespace cliffhanger::transcode {
namespace {

// Revisions whose pieces are small objects; time passes by moving what the database wrote down into the past.
class SweeperTest : public StoreTest {
 protected:
  SweeperTest() : blobs_(blob::open_directory(dir_.path())) {}

  std::string object_of(const PieceName& name, const std::string& source) {
    return "segments/default/" + source + "-" + name.track + "-" + std::to_string(name.index);
  }
  // As a worker does it.
  void make_piece(RevisionId id, const PieceName& name, const std::string& source) {
    ASSERT_TRUE(with(call_, [&](PgRevisions& r) { return r.note_object(object_of(name, source)); }));
    ASSERT_TRUE(blobs_->put(object_of(name, source), "bytes"));
    ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) -> Result<void> {
      CH_ASSIGN(const Revision revision, revisions.lock(id));
      Piece piece = fixture::piece(*revision.plan, name);
      piece.object_key = object_of(name, source);
      return revisions.add_piece(id, piece);
    }));
  }
  RevisionId revision_with_pieces(EpisodeId episode, const std::string& source, State end) {
    const RevisionId id = accept(episode, source);
    for (const PieceName& name : {PieceName{"v540", 0}, {"v540", 1}}) make_piece(id, name, source);
    EXPECT_TRUE(blobs_->put(index_key(call_.caller.tenant, id, State::kProvisional), "{}"));
    if (end == State::kProcessing) return id;
    EXPECT_TRUE(with(call_, [&](PgRevisions& revisions) -> Result<void> {
      CH_ASSIGN(Revision revision, revisions.lock(id));
      revision.state = end;
      return revisions.save(revision);
    }));
    return id;
  }
  void pass(const std::string& time) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(tx.run_text("UPDATE revision SET ended_at = ended_at - interval '" + time + "'"));
      CH_TRY(tx.run_text("UPDATE garbage SET noted_at = noted_at - interval '" + time + "'"));
      return {};
    }));
  }
  void sweep() {
    Sweeper sweeper({*pool_, *blobs_, metrics_}, grace_);
    for (int i = 0; i < 100; ++i) {
      const auto did = sweeper.step();
      ASSERT_TRUE(did) << did.error().reason << did.error().message;
      if (!*did) return;
    }
    FAIL() << "the sweeper does not come to an end";
  }
  // Time enough for everything, and then for the notes.
  void sweep_all() {
    for (int i = 0; i < 3; ++i) pass("25 hours"), sweep();
  }
  std::size_t objects() { return blobs_->list("", "", 1000)->size(); }
  bool has(const std::string& source) { return blobs_->head(object_of({"v540", 0}, source)).has_value(); }

  harness::TempDir dir_;
  std::unique_ptr<blob::Store> blobs_;
  Grace grace_{24h, 24h, 1h};
};

TEST_F(SweeperTest, WhatWasGivenUpGoesAfterItsTime) {
  revision_with_pieces(episode_, "aa", State::kCancelled);
  const RevisionId open =
      revision_with_pieces(EpisodeId::make(clock_.now(), random_), "bb", State::kProcessing);
  const RevisionId ready = revision_with_pieces(EpisodeId::make(clock_.now(), random_), "cc", State::kReady);
  pass("23 hours");
  sweep();
  EXPECT_TRUE(has("aa"));
  pass("2 hours");
  sweep();
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE swept_at IS NOT NULL"), 1);
  EXPECT_TRUE(has("aa"));  // noted, not yet removed
  sweep_all();
  EXPECT_FALSE(has("aa"));
  EXPECT_EQ(objects(), 6U);
  for (const RevisionId id : {open, ready}) EXPECT_EQ(get(id, call_)->segments_done, 2);
  EXPECT_EQ(number("SELECT count(*) FROM garbage"), 0);
}

TEST_F(SweeperTest, SharedPiecesStayAsLongAsSomebodyNeedsThem) {
  revision_with_pieces(episode_, "aa", State::kCancelled);
  const RevisionId other = revision_with_pieces(EpisodeId::make(clock_.now(), random_), "aa", State::kReady);
  sweep_all();
  EXPECT_TRUE(has("aa"));
  EXPECT_EQ(get(other, call_)->segments_done, 2);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("UPDATE revision SET state = 'cancelled', ended_at = now() WHERE state = 'ready'");
  }));
  sweep_all();
  EXPECT_EQ(objects(), 0U);
}

TEST_F(SweeperTest, AReplacedFilmStaysWhileViewersHaveItAndThenForItsTime) {
  const RevisionId older = revision_with_pieces(episode_, "aa", State::kReady);
  const RevisionId newer = revision_with_pieces(episode_, "bb", State::kReady);
  sweep_all();
  EXPECT_TRUE(has("aa"));  // catalog has not said anything yet
  catalog::v1::EpisodeChanged event;
  event.set_episode_id(episode_.text());
  const auto publish = [&](RevisionId id, std::int64_t version) {
    event.set_published(true);
    event.set_published_revision_id(id.text());
    event.set_version(version);
    ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return hear_changed(revisions, event); }));
  };
  publish(older, 2);  // the newer one waits for review
  sweep_all();
  EXPECT_TRUE(has("aa"));
  publish(newer, 3);
  publish(older, 2);  // late
  sweep();
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE ended_at IS NOT NULL"), 1);
  pass("23 hours");
  sweep();
  EXPECT_TRUE(has("aa"));
  sweep_all();
  EXPECT_FALSE(has("aa"));
  EXPECT_TRUE(has("bb"));
}

TEST_F(SweeperTest, WhatIsShownAgainIsKept) {
  const RevisionId older = revision_with_pieces(episode_, "aa", State::kReady);
  const RevisionId newer = revision_with_pieces(episode_, "bb", State::kReady);
  const auto say = [&](RevisionId id, std::int64_t version) {
    ASSERT_TRUE(with(call_, [&](PgRevisions& r) { return r.episode_changed(episode_, version, id); }));
  };
  say(newer, 1);
  sweep();
  say(older, 2);
  sweep_all();
  EXPECT_TRUE(has("aa"));
}

// Whatever was done before it died, the next one goes on.
TEST_F(SweeperTest, KilledBetweenTheSteps) {
  revision_with_pieces(episode_, "aa", State::kFailed);
  pass("25 hours");
  ASSERT_TRUE(*pool_->transact([&](sql::Tx& tx) { return sweep_one(tx, grace_); }));  // and dies
  pass("2 hours");
  const auto dies = pool_->transact([&](sql::Tx& tx) {
    return remove_one(tx, grace_, [&](const std::string& key) -> Result<void> {
      CH_TRY(key.ends_with('/') ? blobs_->remove_all(key) : blobs_->remove(key));
      return fail(internal("KILLED", "after the object and before the note"));
    });
  });
  EXPECT_EQ(dies.error().reason, "KILLED");
  EXPECT_EQ(number("SELECT count(*) FROM garbage"), 3);  // two pieces and the folder
  sweep();
  EXPECT_EQ(objects(), 0U);
  EXPECT_EQ(number("SELECT count(*) FROM garbage"), 0);
}

TEST_F(SweeperTest, AWorkerThatDiedAfterWritingLeavesNothing) {
  const RevisionId id = revision_with_pieces(episode_, "aa", State::kProcessing);
  ASSERT_TRUE(with(call_, [&](PgRevisions& r) { return r.note_object("segments/default/orphan"); }));
  ASSERT_TRUE(blobs_->put("segments/default/orphan", "bytes"));
  sweep();
  EXPECT_TRUE(blobs_->head("segments/default/orphan"));
  sweep_all();
  EXPECT_FALSE(blobs_->head("segments/default/orphan"));
  EXPECT_EQ(get(id, call_)->segments_done, 2);
}

// A plan that counts on a piece holds it; one that comes a moment later knows that it is gone.
TEST_F(SweeperTest, APlanThatReusesAPieceAtThatMomentKeepsIt) {
  revision_with_pieces(episode_, "aa", State::kCancelled);
  pass("25 hours");
  const RevisionId fresh = accept(EpisodeId::make(clock_.now(), random_), "aa");
  std::thread sweeper;
  const auto held = with(call_, [&](PgRevisions& revisions) {
    auto found = revisions.hold(fresh);
    sweeper = std::thread([&] { sweep(); });
    std::this_thread::sleep_for(200ms);
    EXPECT_TRUE(has("aa"));
    return found;
  });
  sweeper.join();
  EXPECT_EQ(held->size(), 2U);
  EXPECT_EQ(get(fresh, call_)->segments_done, 2);
  sweep_all();
  EXPECT_TRUE(has("aa"));

  revision_with_pieces(episode_, "bb", State::kCancelled);
  sweep_all();
  EXPECT_EQ(get(accept(EpisodeId::make(clock_.now(), random_), "bb"), call_)->segments_done, 0);
}

// A writer of the very object that is being removed waits, and writes it again.
TEST_F(SweeperTest, AnObjectThatIsWrittenAgainWhileItIsRemovedIsThere) {
  revision_with_pieces(episode_, "aa", State::kCancelled);
  pass("25 hours");
  ASSERT_TRUE(*pool_->transact([&](sql::Tx& tx) { return sweep_one(tx, grace_); }));
  pass("2 hours");
  const RevisionId again = accept(EpisodeId::make(clock_.now(), random_), "aa");
  std::thread writer;
  for (bool first = true; *pool_->transact([&](sql::Tx& tx) {
         return remove_one(tx, grace_, [&](const std::string& key) -> Result<void> {
           if (std::exchange(first, false)) {
             writer = std::thread([&] {
               for (const PieceName& name : {PieceName{"v540", 0}, {"v540", 1}})
                 make_piece(again, name, "aa");
             });
             std::this_thread::sleep_for(200ms);
           }
           return key.ends_with('/') ? blobs_->remove_all(key) : blobs_->remove(key);
         });
       });) {
  }
  writer.join();
  sweep_all();
  for (const PieceName& name : {PieceName{"v540", 0}, {"v540", 1}})
    EXPECT_TRUE(blobs_->head(object_of(name, "aa"))) << name.index;
  EXPECT_EQ(get(again, call_)->segments_done, 2);
}

}  // namespace
}  // namespace cliffhanger::transcode
