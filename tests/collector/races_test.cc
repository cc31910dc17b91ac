// Uploads, revisions and the sweeper at work while the collector is, without any grace: what somebody needs is there at every moment, and
// what nobody needs is gone in the end.
#include <atomic>
#include <boost/json.hpp>
#include <random>
#include <thread>

#include "tests/collector/test_house.h"

namespace cliffhanger::collector {
namespace {

namespace json = boost::json;
namespace code = cliffhanger::transcode;

const std::vector<code::PieceName> kNames = {{"v540", 0}, {"v540", 1}, {"v360", 0}};

class RacesTest : public House {
 protected:
  RacesTest() { seen_ = std::make_unique<WithoutUnfinished>(*blobs_); }
  using Dice = std::mt19937;
  static int roll(Dice& dice, int sides) { return std::uniform_int_distribution(0, sides - 1)(dice); }
  // Few sources, so that revisions share pieces and strays have the keys of what is about to be written.
  static std::string some_source(Dice& dice) { return "source" + std::to_string(roll(dice, 4)); }
  static std::string object_of(const code::PieceName& name, const std::string& source) {
    return "segments/default/" + source + "-" + name.track + "-" + std::to_string(name.index);
  }

  RevisionId plan(const std::string& sha) {
    const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
    const code::Source source{SourceId::make(clock_.now(), random_), episode, me_, "sources/default/x", sha, std::nullopt, std::nullopt};
    const auto made = revisions([&](code::PgRevisions& r) -> Result<RevisionId> {
      CH_TRY(code::Planning({r, clock_, random_}).accept(tenant_, source, code::fixture::probe(720, 1280, {30, 1}, 600), ""));
      CH_ASSIGN(const auto all, r.list(episode, std::nullopt, std::nullopt, 1));
      return all.front().id;
    });
    EXPECT_TRUE(made) << made.error().reason << made.error().message;
    return *made;
  }
  // As a worker does: what the plan found there is counted on, all else is noted, written and named.
  void make_pieces(RevisionId id, const std::string& sha, const std::set<code::PieceName>& present) {
    for (const auto& name : kNames) {
      if (present.contains(name)) continue;
      const std::string key = object_of(name, sha);
      ASSERT_TRUE(revisions([&](code::PgRevisions& r) { return r.note_object(key); }));
      ASSERT_TRUE(blobs_->put(key, "bytes"));
      const auto added = revisions([&](code::PgRevisions& r) -> Result<void> {
        CH_ASSIGN(const code::Revision revision, r.lock(id));
        code::Piece piece = code::fixture::piece(*revision.plan, name);
        piece.object_key = key;
        return r.add_piece(id, piece);
      });
      ASSERT_TRUE(added) << added.error().reason << added.error().message;
    }
  }
  // What viewers get names everything, and everything is there.
  void publish(RevisionId id, const std::string& sha, code::State state) {
    json::object objects;
    const std::string list = "revisions/default/" + id.text() + "/playlists/" + sha;
    objects["list"] = json::object{{"key", list}};
    for (const auto& name : kNames) objects[object_of(name, "")] = json::object{{"key", object_of(name, sha)}};
    const auto done = revisions([&](code::PgRevisions& r) -> Result<void> {
      CH_ASSIGN(code::Revision revision, r.lock(id));
      CH_TRY(blobs_->put(list, "list"));
      CH_TRY(blobs_->put(code::index_key(tenant_, id, state), json::serialize(json::object{{"objects", objects}})));
      revision.state = state;
      return r.save(revision);
    });
    ASSERT_TRUE(done) << done.error().reason << done.error().message;
  }
  void check(RevisionId id, const std::string& sha, bool published = true) {
    if (published) EXPECT_TRUE(has("revisions/default/" + id.text() + "/playlists/" + sha));
    for (const auto& name : kNames) EXPECT_TRUE(has(object_of(name, sha))) << object_of(name, sha);
  }
  void revision_life(Dice& dice) {
    const std::string sha = some_source(dice);
    const RevisionId id = plan(sha);
    const auto present = *revisions([&](code::PgRevisions& r) { return r.present(id); });
    make_pieces(id, sha, present);
    bool published = roll(dice, 2) == 0;
    if (published) publish(id, sha, code::State::kProvisional);
    check(id, sha, published);
    const int end = roll(dice, 4);
    if (end > 1) publish(id, sha, code::State::kReady), published = true;
    check(id, sha, published);
    if (end == 3 && roll(dice, 3) == 0) {  // stays
      const std::lock_guard lock(mutex_);
      films_.emplace_back(id, sha);
      return;
    }
    // Cancelled, or replaced by another and seen by nobody any more.
    change(*transcode_, "UPDATE revision SET ended_at = now(), state = CASE WHEN state = 'ready' THEN state ELSE 'cancelled' END "
                        "WHERE revision_id = '" + id.text() + "'");
  }

  // An upload of one or two pieces, given up here and there; what stays is verified.
  void upload_life(Dice& dice) {
    ingest::NewUpload wanted;
    wanted.episode = EpisodeId(Uuid::from_name("e"));
    wanted.length = 10;
    std::vector<UploadId> partials;
    for (int i = roll(dice, 3); i > 0; --i) {
      ingest::NewUpload piece = wanted;
      piece.episode = EpisodeId();
      piece.purpose = ingest::Purpose::kPartial;
      const auto made = uploads([&](auto& u) { return u.create_upload(me_caller_, piece); });
      ASSERT_TRUE(made);
      ASSERT_TRUE(send(made->id));
      partials.push_back(made->id);
    }
    ingest::NewUpload whole = wanted;
    if (!partials.empty()) whole.length = 0;
    const auto made = uploads([&](auto& u) {
      return partials.empty() ? u.create_upload(me_caller_, whole) : u.create_of(me_caller_, whole, partials);
    });
    ASSERT_TRUE(made) << made.error().reason;
    if (partials.empty()) {
      if (roll(dice, 3) == 0) {
        ASSERT_TRUE(uploads([&](auto& u) { return u.terminate_upload(me_caller_, made->id); }));
        return;
      }
      ASSERT_TRUE(send(made->id));
    }
    verify(made->id);
  }
  bool send(UploadId id) {
    const auto begun = uploads([&](auto& u) { return u.begin(me_caller_, id, 0); });
    if (!begun) return false;
    const std::string key = part_prefix(*begun) + "000-1";
    EXPECT_TRUE(blobs_->put(key, "0123456789"));
    const ingest::Part part{begun->epoch, 0, 10, std::string(64, 'a'), key};
    return uploads([&](auto& u) { return u.commit_part(me_caller_, id, part); }).has_value();
  }
  // What the verifier does, but for the probe.
  void verify(UploadId id) {
    const auto upload = *uploads([&](auto& u) { return u.get(me_caller_, id); });
    const auto parts = *ingest_->transact([&](sql::Tx& tx) { return ingest::PgLibrary(tx, clock_, random_).parts(upload); });
    EXPECT_FALSE(parts.empty());
    for (const auto& part : parts) EXPECT_TRUE(has(part.object_key)) << part.object_key;
    const std::string source = ingest::source_key(tenant_, SourceId(id.uuid()));
    ASSERT_TRUE(blobs_->put(source, "whole"));
    EXPECT_TRUE(has(source));
    change(*ingest_, "UPDATE upload SET state = 'ready' WHERE upload_id = '" + id.text() + "'");
    const std::lock_guard lock(mutex_);
    sources_.insert(source);
  }

  void sweep(std::chrono::milliseconds noted) {
    code::Sweeper sweeper({*transcode_, *blobs_, metrics_}, {0ms, 0ms, noted});
    for (int i = 0; i < 20; ++i) {
      const auto did = sweeper.step();
      EXPECT_TRUE(did) << did.error().reason << did.error().message;
      if (!did || !*did) return;
    }
  }
  void stray(Dice& dice) {
    const auto name = kNames[static_cast<std::size_t>(roll(dice, 3))];
    // What an older version wrote and died; the first may just be written by somebody who lives.
    switch (roll(dice, 4)) {
      case 0: EXPECT_TRUE(blobs_->put(object_of(name, some_source(dice)), "bytes")); break;
      case 1: EXPECT_TRUE(blobs_->put("covers/default/" + id(), "x")); break;
      case 2: EXPECT_TRUE(blobs_->put("parts/default/" + id() + "/000-1", "x")); break;
      default: EXPECT_TRUE(blobs_->put("sources/default/" + id(), "x")); break;
    }
  }

  std::mutex mutex_;
  std::vector<std::pair<RevisionId, std::string>> films_;
  std::set<std::string> sources_;
};

TEST_F(RacesTest, NothingThatIsNeededGoesAndNothingElseStays) {
  std::atomic<int> working{3};
  std::atomic<std::int64_t> removed{0}, spared{0};
  std::vector<std::thread> threads;
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const auto work = [&](unsigned number, int times, auto life) {
    threads.emplace_back([&, number, times, life] {
      Dice dice(seed + number);
      for (int i = 0; i < times && !HasFailure(); ++i) life(dice);
      --working;
    });
  };
  work(1, 60, [this](Dice& dice) { revision_life(dice); });
  work(2, 60, [this](Dice& dice) { revision_life(dice); });
  work(3, 60, [this](Dice& dice) { upload_life(dice); });
  threads.emplace_back([&] {
    Dice dice(seed + 4);
    while (working > 0) stray(dice), std::this_thread::sleep_for(3ms);
  });
  threads.emplace_back([&] {
    while (working > 0) sweep(3000ms), std::this_thread::sleep_for(20ms);
  });
  threads.emplace_back([&] {
    for (int i = 0; working > 0 || i < 3; ++i) {
      const Collection it = collect();
      EXPECT_TRUE(it.state == State::kDone) << it.reason << it.message;
      removed += it.counts.removed, spared += it.counts.spared;
    }
  });
  for (auto& thread : threads) thread.join();
  EXPECT_GT(removed, 0);
  RecordProperty("removed", std::to_string(removed));
  std::set<std::string> needed = sources_;
  for (const auto& [film, sha] : films_) {
    check(film, sha);
    for (const auto& name : kNames) needed.insert(object_of(name, sha));
    for (const std::string& name : {std::string("ready.json"), std::string("index.json"), "playlists/" + sha}) {
      const std::string key = "revisions/default/" + film.text() + "/" + name;
      if (has(key)) needed.insert(key);
    }
  }
  change(*transcode_, "UPDATE garbage SET noted_at = now() - interval '2 hours'");
  for (int i = 0; i < 50; ++i) sweep(0ms);
  collect(), collect();
  EXPECT_EQ(objects(), needed);
}

// The moment itself, many times: the collector has asked everybody, and a worker begins to write the very object that is to be removed.
TEST_F(RacesTest, AWriterAndARemoverOfOneObject) {
  const std::string sha = "source1", key = object_of(kNames[0], sha);
  const RevisionId id = plan(sha);
  int removals = 0;
  for (int i = 0; i < 150; ++i) {
    ASSERT_TRUE(blobs_->put(key, "left by a crash"));
    std::thread remover([&] {
      const auto gone = remove_of_transcode({key}, clock_.now());
      ASSERT_TRUE(gone) << gone.error().message;
      removals += static_cast<int>(gone->size());
    });
    if (i % 3 == 0) std::this_thread::yield();
    make_pieces(id, sha, {kNames[1], kNames[2]});
    remover.join();
    ASSERT_TRUE(has(key)) << i;
    change(*transcode_, "DELETE FROM piece");
  }
  EXPECT_GT(removals, 0);
}

// It is opened again while its folder is being removed.
TEST_F(RacesTest, ARevisionThatIsOpenedAgainWaitsForTheRemoval) {
  const RevisionId id = plan("source1");
  change(*transcode_, "UPDATE revision SET swept_at = now(), state = 'failed'");
  const std::string key = code::index_key(tenant_, id, code::State::kProvisional);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(blobs_->put(key, "old"));
    change(*transcode_, "UPDATE revision SET swept_at = now(), state = 'failed'");
    std::thread remover([&] { EXPECT_TRUE(remove_of_transcode({key}, clock_.now())); });
    publish(id, "source1", code::State::kProvisional);
    remover.join();
    // Written under the lock of the revision: before the removal began, when it was not open, or after it.
    const auto claimed = *transcode_->read([&](sql::Tx& tx) { return code::claimed_objects(tx, {key}); });
    EXPECT_EQ(claimed, Keys{key});
    EXPECT_TRUE(has(key)) << i;
  }
}

}  // namespace
}  // namespace cliffhanger::collector
