// Captions in the pictures, from the wish to what the edge serves.
#include <gmock/gmock.h>

#include <sstream>
#include <thread>

#include "services/transcode/domain/burn.h"
#include "services/transcode/worker/sweeper.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kList = "burned-en/v360/video.m3u8";

// A clip of 11 s has segments at 0, 2, 4 and 8 s.
class BurnTest : public World {
 protected:
  void SetUp() override {
    path_ = dir_.path() + "/clip.mp4";
    make_clip(path_, 11);
    id_ = start(path_, episode_);
  }
  // One cue in the first segment and one in the last.
  void put(const std::string& first, const std::string& last, const std::string& language = "en") {
    const std::string text =
        "WEBVTT\n\n00:00.500 --> 00:01.500\n" + first + "\n\n00:09.000 --> 00:10.000\n" + last + "\n";
    const auto done = captioning([&](Captioning& it) {
      return it.put(episode_, std::nullopt, {language, "", text, {}, CaptionsKind::kSubtitles});
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  Result<CaptionsRecord> burn(const std::string& language = "en") {
    return captioning([&](Captioning& it) { return it.burn(episode_, std::nullopt, language); });
  }
  Result<void> unburn() {
    return captioning([&](Captioning& it) { return it.unburn(episode_, std::nullopt, "en"); });
  }
  Burned state() {
    const auto found = captioning(
        [&](Captioning& it) { return it.get(episode_, std::nullopt, "en", CaptionsState::kPublic); });
    EXPECT_TRUE(found);
    return found ? found->burned : Burned();
  }
  std::string playlist(RevisionId id) {
    const auto found = captioning([&](Captioning& it) { return it.burned_lists(id, "EN"); });
    return found ? found->playlist : found.error().reason;
  }
  std::string manifest(RevisionId id) {
    const auto found = captioning([&](Captioning& it) { return it.burned_lists(id, "EN"); });
    return found ? found->manifest : found.error().reason;
  }
  void work() {
    Ledger ledger = World::ledger();
    const auto worker = World::worker(ledger);
    run_all(*worker);
  }
  // Until the wish is a task.
  void align(Worker& worker) {
    while (number("SELECT count(*) FROM work WHERE kind = 'captions' AND state = 'ready'") > 0)
      ASSERT_TRUE(worker.step().value());
  }
  // What a playlist names, in order.
  std::vector<std::string> segments(RevisionId id) {
    std::istringstream lines(object(*index(id), kList));
    std::vector<std::string> out;
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line[0] != '#') out.push_back(line);
    }
    return out;
  }
  void change(const std::string& statement) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return tx.run_text(statement); }));
  }

  std::string path_;
  EpisodeId episode_ = EpisodeId::make(clock_.now(), random_);
  RevisionId id_;
};

TEST_F(BurnTest, OnlySegmentsWithACueAreEncodedAndTheRestIsShared) {
  work();
  const std::int64_t made = pieces();
  EXPECT_EQ(burn().error().reason, "CAPTIONS_NOT_FOUND");
  put("First", "Last");
  EXPECT_EQ(state().state, BurnedState::kAbsent);
  ASSERT_TRUE(burn());
  EXPECT_EQ(state().state, BurnedState::kProcessing);
  EXPECT_EQ(playlist(id_), "BURNED_CAPTIONS_NOT_FOUND");
  work();
  EXPECT_EQ(state().state, BurnedState::kReady) << state().failure_reason << " " << state().failure_message;
  EXPECT_EQ(playlist(id_), "burned-en.m3u8");
  EXPECT_EQ(manifest(id_), "burned-en.mpd");
  EXPECT_EQ(pieces(), made + 2);
  EXPECT_THAT(segments(id_),
              ElementsAre(StartsWith("0-"), "../../v360/1.m4s", "../../v360/2.m4s", StartsWith("3-")));
  const auto served = index(id_);
  const std::string main = object(*served, "burned-en.m3u8");
  EXPECT_THAT(main, HasSubstr("URI=\"audio/audio.m3u8\""));
  EXPECT_THAT(main, HasSubstr("\nburned-en/v360/video.m3u8\n"));
  EXPECT_THAT(main, HasSubstr("AVERAGE-BANDWIDTH="));
  EXPECT_THAT(main, Not(HasSubstr("SUBTITLES")));
  EXPECT_THAT(object(*served, "main.m3u8"), Not(HasSubstr("burned")));
  const std::string dash = object(*served, "burned-en.mpd");
  EXPECT_THAT(dash, HasSubstr("<Initialization sourceURL=\"v360/init.mp4\"/>"));
  EXPECT_THAT(dash, HasSubstr("<SegmentURL media=\"burned-en/v360/" + segments(id_)[0] + "\"/>\n"
                              "          <SegmentURL media=\"v360/1.m4s\"/>\n"));
  EXPECT_THAT(object(*served, "main.mpd"), Not(HasSubstr("burned")));
  EXPECT_EQ(object(*served, kList).find("init.mp4"), object(*served, kList).find("../../v360/init.mp4") + 11);
  // A second time changes nothing.
  ASSERT_TRUE(burn());
  work();
  EXPECT_EQ(pieces(), made + 2);
  EXPECT_EQ(index(id_)->objects, served->objects);
  EXPECT_EQ(get(id_).segments_done, get(id_).segments_total);
}

TEST_F(BurnTest, AChangedCueIsOneSegmentAndWhatWasThereIsServedUntilThen) {
  put("First", "Last");
  ASSERT_TRUE(burn());
  work();
  const auto before = segments(id_);
  const std::int64_t made = pieces();
  put("First", "Another last");
  EXPECT_EQ(state().state, BurnedState::kProcessing);
  EXPECT_EQ(playlist(id_), "burned-en.m3u8");
  work();
  const auto after = segments(id_);
  EXPECT_EQ(state().state, BurnedState::kReady);
  EXPECT_EQ(pieces(), made + 1);
  EXPECT_EQ(after[0], before[0]);
  EXPECT_NE(after[3], before[3]);
  EXPECT_TRUE(index(id_)->objects.contains("burned-en/v360/" + before[3]));  // someone may be watching
  put("First", "Last");
  work();
  EXPECT_EQ(segments(id_), before);
  EXPECT_EQ(pieces(), made + 1);  // nothing was encoded for it

  // Long after, what only the other text had goes.
  Sweeper sweeper({*pool_, *blobs_, metrics_}, {24h, 7h, 1h});
  const std::string key = index(id_)->objects.at("burned-en/v360/" + after[3]).first;
  while (sweeper.step().value()) {
  }
  EXPECT_EQ(pieces(), made + 1);
  change("UPDATE burned SET replaced_at = now() - interval '8 hours' WHERE state = 'replaced'");
  while (sweeper.step().value()) {
  }
  EXPECT_EQ(pieces(), made);
  change("UPDATE garbage SET noted_at = now() - interval '2 hours'");
  while (sweeper.step().value()) {
  }
  EXPECT_FALSE(blobs_->head(key));
  EXPECT_TRUE(blobs_->head(index(id_)->objects.at("burned-en/v360/" + before[3]).first));
}

TEST_F(BurnTest, ItFallsAwayWithTheWishAndTheCaptions) {
  put("First", "Last");
  ASSERT_TRUE(burn());
  work();
  ASSERT_TRUE(unburn());
  work();
  EXPECT_EQ(state().state, BurnedState::kAbsent);
  EXPECT_EQ(playlist(id_), "BURNED_CAPTIONS_NOT_FOUND");
  EXPECT_FALSE(index(id_)->objects.contains("burned-en.m3u8"));
  EXPECT_FALSE(index(id_)->objects.contains("burned-en.mpd"));
  ASSERT_TRUE(unburn());
  ASSERT_TRUE(burn());
  work();
  EXPECT_EQ(playlist(id_), "burned-en.m3u8");
  ASSERT_TRUE(captioning([&](Captioning& it) { return it.remove(episode_, std::nullopt, "en", false); }));
  work();
  EXPECT_EQ(playlist(id_), "BURNED_CAPTIONS_NOT_FOUND");
  EXPECT_FALSE(index(id_)->objects.contains(kList));
  put("Back", "again");
  EXPECT_EQ(state().state, BurnedState::kAbsent);
}

TEST_F(BurnTest, ANewRevisionGetsItToo) {
  put("First", "Last");
  ASSERT_TRUE(burn());  // before there is anything to burn into
  EXPECT_EQ(state().state, BurnedState::kProcessing);
  work();
  EXPECT_EQ(state().state, BurnedState::kReady);
  const std::string other = dir_.path() + "/other.mp4";
  make_clip(other, 9.5);
  const RevisionId next = start(other, episode_);
  work();
  EXPECT_EQ(playlist(next), "burned-en.m3u8");
  EXPECT_EQ(segments(next).size(), 4U);
  EXPECT_NE(segments(next)[3], segments(id_)[3]);  // it is shorter
}

TEST_F(BurnTest, WhatCanNotBeDrawnFailsWithAReasonAndIsTriedAgainWhenAsked) {
  put("First \xF0\x93\x80\x80", "Last");
  ASSERT_TRUE(burn());
  work();
  EXPECT_EQ(get(id_).state, State::kReady);  // it goes on
  EXPECT_EQ(state().state, BurnedState::kFailed);
  EXPECT_EQ(state().failure_reason, "MEDIA_NO_GLYPH");
  EXPECT_THAT(state().failure_message, HasSubstr("U+13000"));
  ASSERT_TRUE(burn());
  EXPECT_EQ(state().state, BurnedState::kProcessing);
  work();
  EXPECT_EQ(state().state, BurnedState::kFailed);
  put("First", "Last");
  work();
  EXPECT_EQ(state().state, BurnedState::kReady);
}

TEST_F(BurnTest, AWorkersDeathCostsASegmentAndATaskIsNeverLong) {
  work();
  put("First", "Last");
  ASSERT_TRUE(burn());
  Ledger ledger = World::ledger();
  align(*World::worker(ledger));
  {
    Ledger dying = World::ledger(50ms);
    const auto held = dying.lease("dead");
    ASSERT_TRUE(held && *held);
    const auto part = dying.burn_work(**held);
    ASSERT_TRUE(part && *part);
    EXPECT_EQ((*part)->part.run.first, 0);
    EXPECT_EQ((*part)->part.run.count, 1);
    EXPECT_EQ((*part)->part.burn.cues.size(), 1U);
    std::this_thread::sleep_for(80ms);
    work();
    EXPECT_EQ(dying.burned(**held).error().reason, "LEASE_LOST");
  }
  EXPECT_EQ(state().state, BurnedState::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'burn' AND state = 'done'"), 2);  // one part each
  EXPECT_GT(number("SELECT min(priority) FROM work WHERE kind = 'burn'"),
            number("SELECT max(priority) FROM work WHERE kind = 'encode'"));
}

TEST_F(BurnTest, HoweverOftenTheWishChangesThereIsOneTask) {
  work();
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  put("First", "Last");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(burn());
    align(*worker);
    EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'burn'"), 1);
    ASSERT_TRUE(unburn());
    align(*worker);
  }
  ASSERT_TRUE(burn());
  work();
  EXPECT_EQ(state().state, BurnedState::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'burn'"), 2);  // one part each
}

// Whichever of the two comes first.
TEST_F(BurnTest, ItIsHeardInEveryLanguageThatTheFilmIs) {
  work();
  put("First", "Last");
  ASSERT_TRUE(hear_dub(episode_, "es", 11, 700));
  work();
  ASSERT_TRUE(burn());
  work();
  const auto main = [&] { return object(*index(id_), "burned-en.m3u8"); };
  const auto bandwidth = [&] { return std::stoll(main().substr(main().find("#EXT-X-STREAM-INF:BANDWIDTH=") + 28)); };
  const std::string tag = "LANGUAGE=\"es\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"dubs/es/audio.m3u8\"\n";
  EXPECT_THAT(main(), HasSubstr(tag));
  EXPECT_THAT(main(), HasSubstr("URI=\"audio/audio.m3u8\""));
  ASSERT_TRUE(hear_dub(episode_, "fr", 11, 800));
  work();
  EXPECT_THAT(main(), HasSubstr("URI=\"dubs/fr/audio.m3u8\""));
  const auto dash = [&] { return object(*index(id_), "burned-en.mpd"); };
  EXPECT_THAT(dash(), AllOf(HasSubstr("id=\"dub-es\""), HasSubstr("id=\"dub-fr\"")));
  const std::int64_t most = bandwidth();
  for (const char* language : {"es", "fr"})
    ASSERT_TRUE(dubbing([&](Dubbing& it) { return it.remove(episode_, std::nullopt, language); }));
  work();
  EXPECT_THAT(main(), Not(HasSubstr("dubs/")));
  EXPECT_THAT(dash(), AllOf(HasSubstr("burned-en/v360/"), Not(HasSubstr("dubs/"))));
  EXPECT_LE(bandwidth(), most);
  EXPECT_EQ(state().state, BurnedState::kReady);
}

TEST_F(BurnTest, AnOperatorsReplayTriesItAgain) {
  work();
  Ledger ledger = World::ledger();
  put("First", "Last");
  ASSERT_TRUE(burn());
  align(*World::worker(ledger));
  change("UPDATE work SET state = 'dead', ended_at = now() WHERE kind = 'burn'");
  change("UPDATE burned SET state = 'failed', failure_reason = 'MEDIA_FONTS'");
  EXPECT_EQ(state().state, BurnedState::kFailed);
  const auto dead = pool_->transact(
      [](sql::Tx& tx) { return tx.run_text("SELECT task_id FROM work WHERE kind = 'burn'"); });
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.replay((*dead)[0].uuid(0)); }));
  work();
  EXPECT_EQ(state().state, BurnedState::kReady);
  EXPECT_EQ(state().failure_reason, "");
}

TEST_F(BurnTest, WhatIsAddedWhileItIsJudgedIsNotLost) {
  work();
  int judged = 0;
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) -> Result<std::vector<std::string>> {
    if (is_burned(whole.main) && ++judged == 1) {
      put("Primero", "Ultimo", "es");
      Ledger other({*pool_, *blobs_, outbox_, clock_, random_}, 30s);
      align(*World::worker(other, "other"));
    }
    return inspect(blobs, whole);
  };
  put("First", "Last");
  ASSERT_TRUE(burn());
  work();
  EXPECT_EQ(judged, 2);
  EXPECT_EQ(state().state, BurnedState::kReady);
  EXPECT_EQ(segments(id_).size(), 4U);
  EXPECT_THAT(object(*index(id_), "main.m3u8"), HasSubstr("LANGUAGE=\"es\""));
}

TEST_F(BurnTest, ATextThatChangesWhileItIsJudgedIsNotShown) {
  work();
  int judged = 0;
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) -> Result<std::vector<std::string>> {
    if (is_burned(whole.main)) {
      EXPECT_EQ(playlist(id_), "BURNED_CAPTIONS_NOT_FOUND");
      if (++judged == 1) put("First", "Later");
    }
    return inspect(blobs, whole);
  };
  put("First", "Last");
  ASSERT_TRUE(burn());
  work();
  EXPECT_EQ(judged, 2);
  EXPECT_EQ(state().state, BurnedState::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM burned WHERE state = 'ready'"), 1);
}

TEST_F(BurnTest, WhatTheGateRefusesFailsAlone) {
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) -> Result<std::vector<std::string>> {
    if (is_burned(whole.main)) return fail(internal("GATE_NOT_CONFORMANT", "Rule 1.1 is not met."));
    return inspect(blobs, whole);
  };
  put("First", "Last");
  ASSERT_TRUE(burn());
  work();
  EXPECT_EQ(get(id_).state, State::kReady);
  EXPECT_EQ(state().state, BurnedState::kFailed);
  EXPECT_EQ(state().failure_reason, "GATE_NOT_CONFORMANT");
  EXPECT_FALSE(index(id_)->objects.contains(kList));
  EXPECT_THAT(object(*index(id_), "main.m3u8"), HasSubstr("LANGUAGE=\"en\""));
}

TEST_F(BurnTest, ObjectsThatAreGoneAreEncodedAgain) {
  put("First", "Last");
  ASSERT_TRUE(burn());
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  while (number("SELECT count(*) FROM revision_piece r JOIN piece p USING (tenant, piece_key) WHERE "
                "starts_with(track, 'burned/')") == 0)
    ASSERT_TRUE(worker->step().value());
  const auto key = pool_->transact([](sql::Tx& tx) {
    return tx.run_text(
        "SELECT object_key FROM revision_piece JOIN piece USING (tenant, piece_key) WHERE starts_with(track, "
        "'burned/')");
  });
  ASSERT_TRUE(blobs_->remove((*key)[0].text(0)));
  work();
  EXPECT_EQ(state().state, BurnedState::kReady);
  EXPECT_TRUE(blobs_->head((*key)[0].text(0)));
}

TEST_F(BurnTest, WithEncryptionItIsEncryptedLikeTheRest) {
  const ContentKey key{std::string(16, 'i'), std::string(16, 'k'), std::string(16, 'v')};
  const Encryptor encryptor(Encryption::kSampleAes, *blobs_,
                            [&](const Call&, const RevisionId&) -> Result<ContentKey> { return key; });
  put("First", "Last");
  ASSERT_TRUE(burn());
  Ledger ledger({*pool_, *blobs_, outbox_, clock_, random_, &encryptor}, 30s);
  const auto worker = World::worker(ledger);
  run_all(*worker);
  ASSERT_EQ(state().state, BurnedState::kReady) << state().failure_reason << " " << state().failure_message;
  const auto served = index(id_);
  EXPECT_THAT(object(*served, kList), HasSubstr("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"../../key\""));
  EXPECT_THAT(object(*served, "burned-en.mpd"), HasSubstr("<ContentProtection"));
  for (const auto& [name, entry] : served->objects) {
    if (name.ends_with(".m4s")) EXPECT_THAT(entry.first, HasSubstr("/media/")) << name;
  }
}

}  // namespace
}  // namespace cliffhanger::transcode
