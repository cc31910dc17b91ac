// Dubs from ingest's event to what the edge serves.
#include <gmock/gmock.h>

#include <thread>

#include "cliffhanger/transcode/v1/events.pb.h"
#include "services/transcode/domain/dubs_playlist.h"
#include "services/transcode/rpc/dubs_rpc.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/store/pg_sweep.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

using testing::HasSubstr;
using testing::Not;

const ContentKey kKey = {"0123456789abcdef", "fedcba9876543210", "vectorvectorvect"};

// The same objects, with something happening whenever one is looked at.
class Watched final : public blob::Store {
 public:
  Watched(blob::Store& store, std::function<void()> looked) : store_(store), looked_(std::move(looked)) {}
  Result<std::unique_ptr<blob::Writer>> create(std::string_view key) override { return store_.create(key); }
  Result<blob::Info> head(std::string_view key) override {
    looked_();
    return store_.head(key);
  }
  Result<blob::Opened> open(std::string_view key) override { return store_.open(key); }
  Result<std::vector<blob::Info>> list(std::string_view prefix, std::string_view after, std::size_t most) override {
    return store_.list(prefix, after, most);
  }
  Result<void> remove(std::string_view key) override { return store_.remove(key); }
  Result<std::int64_t> remove_unfinished(Time before, bool dry) override {
    return store_.remove_unfinished(before, dry);
  }
  Result<std::string> get(std::string_view key, std::int64_t most) override {
    looked_();
    return store_.get(key, most);
  }
  Result<void> put_file(std::string_view key, const std::string& path) override { return store_.put_file(key, path); }

 private:
  blob::Store& store_;
  const std::function<void()> looked_;
};

class DubsTest : public World {
 protected:
  void SetUp() override {
    clip_ = dir_.path() + "/clip.mp4";
    make_clip(clip_, 5);
  }
  // A tone of so many seconds as ingest would tell of it; another frequency is another file.
  ingest::v1::DubVerified dub(const std::string& language, double seconds = 5, int frequency = 700) {
    const std::string path = dir_.path() + "/dub-" + std::to_string(frequency) + "-" + std::to_string(seconds) + ".wav";
    shell("ffmpeg -nostdin -y -f lavfi -i sine=frequency=" + std::to_string(frequency) +
          ":duration=" + std::to_string(seconds) + " " + path);
    return dub_file(language, path);
  }
  ingest::v1::DubVerified dub_file(const std::string& language, const std::string& path) {
    ingest::v1::DubVerified event;
    const auto digest = digest_of_file(path).value();
    const auto source = SourceId::make(clock_.now(), random_);
    const std::string key = "sources/default/" + source.text();
    EXPECT_TRUE(blobs_->put_file(key, path));
    event.set_source_id(source.text());
    event.set_episode_id(episode_.text());
    event.set_owner_id(owner_.text());
    event.set_object_key(key);
    event.set_sha256(digest.sha256);
    event.set_language(language);
    const auto opened = blobs_->open(key);
    const auto probe = runner_.probe_sound(opened->fd(), {}, {});
    EXPECT_TRUE(probe) << probe.error().message;
    if (probe) event.set_duration_ms(probe->audio.duration_ms);
    set_time(event.mutable_verify_time(), clock_.now());
    return event;
  }
  void hear(const ingest::v1::DubVerified& event) {
    const auto done = dubbing([&](Dubbing& it) { return accept_dub(it, event); });
    ASSERT_TRUE(done) << done.error().message;
  }
  // A video of the episode was verified, as the module hears it.
  RevisionId film(const std::string& path) {
    const RevisionId id = start(path, episode_);
    EXPECT_TRUE(pool_->transact(
        [&](sql::Tx& tx) { return PgDubs(tx, call_, outbox_, clock_, random_).ask(episode_); }));
    return id;
  }
  void remove(const std::string& language) {
    ASSERT_TRUE(dubbing([&](Dubbing& it) { return it.remove(episode_, std::nullopt, language); }));
  }
  DubRecord state(const std::string& language) {
    auto found = dubbing([&](Dubbing& it) { return it.get(episode_, std::nullopt, language); });
    return found ? *found : DubRecord{{}, {DubState::kFailed, found.error().reason, "", ""}};
  }
  void work(Encryption method = Encryption::kNone) {
    const Encryptor encryptor(method, *blobs_, [](const Call&, const RevisionId&) { return kKey; });
    Ledger::Deps deps{*pool_, *blobs_, outbox_, clock_, random_, &encryptor};
    if (inspect_) deps.inspect = inspect_;
    Ledger ledger(std::move(deps), 30s);
    const auto worker = World::worker(ledger);
    run_all(*worker);
  }
  std::string segment(const ingest::v1::DubVerified& event, const std::string& name) {
    return "dubs/" + event.language() + "/" + event.source_id() + "/" + name;
  }
  std::string main(RevisionId id) { return object(*index(id), "main.m3u8"); }
  // BANDWIDTH of the first variant.
  static std::int64_t bandwidth(const std::string& text) {
    const std::string name = "#EXT-X-STREAM-INF:BANDWIDTH=";
    return std::stoll(text.substr(text.find(name) + name.size()));
  }
  std::string clip_;
  EpisodeId episode_ = EpisodeId::make(clock_.now(), random_);
};

TEST_F(DubsTest, IsAddedToAFinishedFilmWithoutTouchingIt) {
  const RevisionId id = film(clip_);
  work();
  ASSERT_EQ(get(id).state, State::kReady);
  const auto before = index(id);
  const auto made = pieces();
  const auto spanish = dub("es");
  hear(spanish);
  EXPECT_EQ(state("es").progress.state, DubState::kProcessing);
  work();
  ASSERT_EQ(state("es").progress.state, DubState::kReady) << state("es").progress.message;
  EXPECT_EQ(state("es").progress.warning, "");
  const auto after = index(id);
  for (const auto& [name, entry] : before->objects) {
    if (name != "main.m3u8" && name != "main.mpd") EXPECT_EQ(after->objects.at(name), entry) << name;
  }
  EXPECT_EQ(pieces() - made, 4);  // its initialisation segment and three others
  const std::string text = main(id);
  EXPECT_THAT(text, HasSubstr("NAME=\"Original\",DEFAULT=YES"));
  EXPECT_THAT(text, HasSubstr("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"es\",LANGUAGE=\"es\",DEFAULT=NO,AUTOSELECT=YES,"
                              "CHANNELS=\"2\",URI=\"dubs/es/audio.m3u8\"\n"));
  EXPECT_GE(bandwidth(text), bandwidth(object(*before, "main.m3u8")));
  EXPECT_THAT(object(*after, "dubs/es/audio.m3u8"), HasSubstr(spanish.source_id() + "/2.m4s\n"));
  EXPECT_GT(object(*after, segment(spanish, "0.m4s")).size(), 1000U);
  EXPECT_THAT(object(*after, "main.mpd"), HasSubstr("<AdaptationSet contentType=\"audio\" lang=\"es\""));
  // Gone again, the film is byte for byte what it was.
  remove("es");
  work();
  EXPECT_EQ(main(id), object(*before, "main.m3u8"));
  EXPECT_EQ(object(*index(id), "main.mpd"), object(*before, "main.mpd"));
  EXPECT_TRUE(index(id)->objects.contains(segment(spanish, "1.m4s"))) << "someone may be listening";
  EXPECT_EQ(pieces(), made);
  EXPECT_EQ(state("es").progress.reason, "DUB_NOT_FOUND");
}

TEST_F(DubsTest, ComesBeforeTheFilmAndIsTakenOverByLaterOnes) {
  hear(dub("es"));
  hear(dub("fr", 5, 900));
  EXPECT_EQ(state("es").progress.state, DubState::kProcessing);
  const RevisionId id = film(clip_);
  work();
  EXPECT_THAT(main(id), HasSubstr("LANGUAGE=\"es\""));
  EXPECT_THAT(main(id), HasSubstr("LANGUAGE=\"fr\""));
  EXPECT_EQ(state("fr").progress.state, DubState::kReady);
  EXPECT_THAT(object(*index(id), "provisional.m3u8"), Not(HasSubstr("LANGUAGE")));
  const std::string other = dir_.path() + "/other.mp4";
  make_clip(other, 4);
  const RevisionId next = film(other);
  work();
  ASSERT_EQ(get(next).state, State::kReady);
  EXPECT_THAT(main(next), HasSubstr("LANGUAGE=\"es\""));
  EXPECT_THAT(state("es").progress.warning, HasSubstr("1.0 s of the sound are cut off"));
}

TEST_F(DubsTest, WhatDoesNotFitIsRefusedAndTheOneBeforeIsHeard) {
  const RevisionId id = film(clip_);
  work();
  const auto good = dub("es");
  hear(good);
  work();
  hear(dub("es", 12, 800));
  work();
  const DubRecord failed = state("es");
  EXPECT_EQ(failed.progress.reason, "DUB_LENGTH");
  EXPECT_THAT(failed.progress.message, HasSubstr("lasts 12.0 s and is 7.0 s longer than the episode, which lasts 5.0 s"));
  EXPECT_THAT(main(id), HasSubstr("LANGUAGE=\"es\""));
  EXPECT_EQ(get(id).state, State::kReady);
  // The next one takes the place of both; who listens hears the first to the end, and no encoding is lost.
  const auto better = dub("es", 4, 500);
  hear(better);
  work();
  EXPECT_EQ(state("es").progress.state, DubState::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM dub"), 1);
  const auto served = index(id);
  EXPECT_THAT(object(*served, "dubs/es/audio.m3u8"), HasSubstr(better.source_id()));
  EXPECT_FALSE(object(*served, segment(good, "1.m4s")).empty());
}

TEST_F(DubsTest, TwiceAndLateChangeNothing) {
  film(clip_);
  work();
  const auto first = dub("es"), second = dub("ES", 5, 800);
  hear(second);
  hear(first);  // verified before
  hear(second);
  work();
  EXPECT_EQ(state("es").dub.source.text(), second.source_id());
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'dub'"), 1);
  const auto text = blobs_->get(index_key(call_.caller.tenant, newest(episode_).id, State::kReady));
  const auto made = pieces();
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE work SET state = 'ready' WHERE kind = 'dub'"); }));
  work();
  EXPECT_EQ(*blobs_->get(index_key(call_.caller.tenant, newest(episode_).id, State::kReady)), *text);
  EXPECT_EQ(pieces(), made);
  // The same file again is not encoded again.
  auto again = second;
  again.set_source_id(SourceId::make(clock_.now(), random_).text());
  set_time(again.mutable_verify_time(), clock_.now());
  ASSERT_TRUE(blobs_->put("sources/default/none", "nothing that could be encoded"));
  again.set_object_key("sources/default/none");
  hear(again);
  work();
  EXPECT_EQ(state("es").progress.state, DubState::kReady);
  EXPECT_EQ(state("es").dub.source.text(), again.source_id());
  EXPECT_EQ(pieces(), made);
}

TEST_F(DubsTest, ASeventeenthLanguageIsRefused) {
  film(clip_);
  auto event = dub("es");
  for (int i = 0; i < 17; ++i) {
    event.set_source_id(SourceId::make(clock_.now(), random_).text());
    event.set_language(std::string("x") + static_cast<char>('a' + i));
    hear(event);
  }
  const auto all = dubbing([&](Dubbing& it) { return it.list(episode_, std::nullopt); });
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 17U);
  EXPECT_EQ(all->back().progress.reason, "DUBS_TOO_MANY");
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'dub'"), 16);
}

TEST_F(DubsTest, OthersSeeNothing) {
  hear(dub("es"));
  const OwnerFilter other = UserId::make(clock_.now(), random_);
  EXPECT_EQ(dubbing([&](Dubbing& it) { return it.list(episode_, other); }).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_EQ(dubbing([&](Dubbing& it) { return it.remove(episode_, other, "es"); }).error().reason, "EPISODE_NOT_FOUND");
  EXPECT_TRUE(dubbing([&](Dubbing& it) { return it.list(episode_, OwnerFilter(owner_)); }));
}

TEST_F(DubsTest, AWorkerThatDiesIsFollowedByAnotherAtTheNextSegment) {
  const RevisionId id = film(clip_);
  work();
  hear(dub("es"));
  Ledger dying = World::ledger(50ms);
  const auto held = dying.lease("dead");
  ASSERT_TRUE(held && *held);
  const auto todo = dying.begin_dub(**held);
  ASSERT_TRUE(todo && *todo);
  std::this_thread::sleep_for(80ms);
  work();
  EXPECT_EQ(state("es").progress.state, DubState::kReady);
  EXPECT_EQ(dying.finish_dub(**held, **todo).error().reason, "LEASE_LOST");
  EXPECT_THAT(main(id), HasSubstr("LANGUAGE=\"es\""));
}

TEST_F(DubsTest, NoTransactionIsOpenWhileObjectsAreLookedAt) {
  const RevisionId id = film(clip_);
  work();
  hear(dub("es"));
  int looks = 0;
  std::int64_t waiting = 0;
  bool goes = false;
  Watched watched(*blobs_, [&] {
    ++looks;
    waiting += number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in "
                      "transaction'");
    if (goes) number("WITH it AS (UPDATE revision SET swept_at = now() RETURNING 1) SELECT count(*) FROM it");
  });
  Ledger ledger({*pool_, watched, outbox_, clock_, random_}, 30s);
  const auto held = ledger.lease("w");
  ASSERT_TRUE(held && *held);
  const auto todo = ledger.begin_dub(**held);
  ASSERT_TRUE(todo && *todo);
  // A piece whose object is gone is forgotten.
  Piece lost;
  lost.name = {dub_track((*todo)->dub.source), 0};
  lost.object_key = "segments/default/lost.m4s";
  lost.bytes = 10;
  ASSERT_TRUE(ledger.commit(**held, lost));
  EXPECT_EQ(percent_of(state("es")), 99 / 4);
  const auto again = ledger.begin_dub(**held);
  ASSERT_TRUE(again && *again);
  EXPECT_FALSE((*again)->present.contains(lost.name));
  EXPECT_EQ(percent_of(state("es")), 0);
  EXPECT_GE(looks, 5);
  EXPECT_EQ(waiting, 0);
  // The film goes while its index is read: there is nothing left to do.
  goes = true;
  const auto none = ledger.begin_dub(**held);
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_FALSE(*none);
  EXPECT_EQ(get(id).state, State::kReady);
}

TEST_F(DubsTest, TellsHowFarItIs) {
  film(clip_);
  work();
  EXPECT_EQ(told().back(), "RevisionReady");
  hear(dub("es"));
  EXPECT_EQ(percent_of(state("es")), 0);
  EXPECT_EQ(told().back(), "DubProgressed");
  work();
  EXPECT_EQ(percent_of(state("es")), 100);
  const auto events = bus::outbox_events(*pool_);
  transcode::v1::DubProgressed last;
  ASSERT_TRUE(events.back().payload().UnpackTo(&last));
  EXPECT_EQ(last.language(), "es");
  EXPECT_EQ(last.episode_id(), episode_.text());
  // What changes nothing is not told.
  remove("fr");
  ASSERT_TRUE(dubbing([&](Dubbing& it) { return it.list(episode_, std::nullopt).map([](const auto&) {}); }));
  work();
  EXPECT_EQ(bus::outbox_events(*pool_).size(), events.size());
  hear(dub("es", 30));
  work();
  EXPECT_EQ(state("es").progress.reason, "DUB_LENGTH");
  EXPECT_GT(bus::outbox_events(*pool_).size(), events.size() + 1) << "it came, and it failed";
}

TEST_F(DubsTest, OneWhoseSourceIsGoneFailsAloneAndCanBeReplayed) {
  const RevisionId id = film(clip_);
  auto event = dub("es");
  event.set_object_key("sources/default/nowhere");
  hear(event);
  work();
  EXPECT_EQ(get(id).state, State::kReady) << "no film waits for a dub";
  EXPECT_EQ(state("es").progress.reason, "SOURCE_GONE");
  ASSERT_TRUE(blobs_->put_file("sources/default/nowhere", dir_.path() + "/dub-700-5.000000.wav"));
  const auto dead = transact([](PgRevisions& revisions) { return revisions.dead_letters(std::nullopt, 10); });
  ASSERT_EQ(dead->size(), 1U);
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.replay(dead->at(0).task); }));
  work();
  EXPECT_EQ(state("es").progress.state, DubState::kReady);
  EXPECT_THAT(main(id), HasSubstr("LANGUAGE=\"es\""));
}

TEST_F(DubsTest, WhatTheGateRefusesIsNotServed) {
  const RevisionId id = film(clip_);
  work();
  const auto before = blobs_->get(index_key(call_.caller.tenant, id, State::kReady));
  inspect_ = [](blob::Store&, const Presentation&) -> Result<std::vector<std::string>> {
    return fail(internal("GATE_NOT_CONFORMANT", "Not today."));
  };
  hear(dub("es"));
  work();
  EXPECT_EQ(state("es").progress.reason, "GATE_NOT_CONFORMANT");
  EXPECT_EQ(*blobs_->get(index_key(call_.caller.tenant, id, State::kReady)), *before);
}

TEST_F(DubsTest, OneThatIsEncodedWhileTheFilmIsPackagedIsInIt) {
  const RevisionId id = film(clip_);
  int asked = 0;
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) {
    if (++asked == 1) {
      hear(dub("es"));
      Ledger other({*pool_, *blobs_, outbox_, clock_, random_}, 30s);
      run_all(*World::worker(other, "other"));
    }
    return inspect(blobs, whole);
  };
  work();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(state("es").progress.state, DubState::kReady);
  EXPECT_THAT(main(id), HasSubstr("LANGUAGE=\"es\""));
}

TEST_F(DubsTest, AFilmIsNotKeptFromItsViewersByADub) {
  inspect_ = [](blob::Store&, const Presentation& shown) -> Result<std::vector<std::string>> {
    for (const Media& media : shown.media)
      if (media.name.starts_with(kDubsFolder)) return fail(internal("GATE_NOT_CONFORMANT", "Not today."));
    return std::vector<std::string>();
  };
  hear(dub("es"));
  const RevisionId id = film(clip_);
  work();
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(state("es").progress.reason, "GATE_NOT_CONFORMANT");
  EXPECT_THAT(main(id), Not(HasSubstr("LANGUAGE=\"es\"")));
}

TEST_F(DubsTest, IsEncryptedLikeTheRest) {
  for (const Encryption method : {Encryption::kSampleAes, Encryption::kAes128}) {
    episode_ = EpisodeId::make(clock_.now(), random_);
    const RevisionId id = film(clip_);
    work(method);
    const auto spanish = dub("es");
    hear(spanish);
    work();  // the deployment has changed its mind; the revision stays what it is
    ASSERT_EQ(state("es").progress.state, DubState::kReady) << state("es").progress.message;
    const auto served = index(id);
    const std::string list = object(*served, "dubs/es/audio.m3u8");
    EXPECT_THAT(list, HasSubstr("URI=\"../../key\",IV=0x"));
    EXPECT_TRUE(served->objects.at(segment(spanish, "1.m4s")).first.starts_with("revisions/default/" + id.text() + "/media/"));
    EXPECT_EQ(served->objects.contains("main.mpd"), method == Encryption::kSampleAes);
    if (method != Encryption::kSampleAes) continue;
    const std::string manifest = object(*served, "main.mpd");
    std::size_t protected_sets = 0;
    for (std::size_t at = 0; (at = manifest.find("cenc:default_KID", at)) != std::string::npos; ++at) ++protected_sets;
    EXPECT_EQ(protected_sets, 3U) << manifest;
  }
}

TEST_F(DubsTest, TheSweeperTakesItsPiecesOnceTheyAreOutOfUse) {
  film(clip_);
  work();
  const auto made = pieces();
  hear(dub("es"));
  work();
  const auto sweep = [&] {
    return pool_->transact([&](sql::Tx& tx) { return remove_one(tx, {0ms, 0ms, 1h}, [&](const std::string& key) { return blobs_->remove(key); }); });
  };
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE garbage SET noted_at = noted_at - interval '2 hours'"); }));
  while (*sweep()) {
  }
  const auto spanish = state("es").dub.source;
  const auto key = index(newest(episode_).id)->objects.at("dubs/es/" + spanish.text() + "/1.m4s").first;
  EXPECT_TRUE(blobs_->head(key)) << "it is in use";
  remove("es");
  work();
  EXPECT_EQ(pieces(), made);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE garbage SET noted_at = noted_at - interval '7 hours'"); }));
  EXPECT_FALSE(*sweep()) << "addresses live six hours";
  EXPECT_TRUE(blobs_->head(key));
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE garbage SET noted_at = noted_at - interval '2 hours'"); }));
  while (*sweep()) {
  }
  EXPECT_FALSE(blobs_->head(key));
}

TEST_F(DubsTest, AnEpisodeThatIsDeletedTakesThemAlong) {
  film(clip_);
  work();
  hear(dub("es"));
  Ledger busy = World::ledger();
  const auto held = busy.lease("busy");
  ASSERT_TRUE(held && *held);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    PgRevisions revisions(tx, call_, outbox_, clock_, random_);
    CH_TRY(revisions.episode_deleted(episode_, 9));
    return PgDubs(tx, call_, outbox_, clock_, random_).forget(episode_);
  }));
  EXPECT_EQ(busy.begin_dub(**held).value_or(std::nullopt).has_value(), false);
  hear(dub("fr", 5, 900));
  EXPECT_EQ(number("SELECT count(*) FROM dub"), 0);
  EXPECT_EQ(state("es").progress.reason, "EPISODE_NOT_FOUND");
  while (*pool_->transact([&](sql::Tx& tx) { return sweep_one(tx, {0ms, 0ms, 0ms}); })) {
  }
  EXPECT_EQ(pieces(), 0);
}

}  // namespace
}  // namespace cliffhanger::transcode
