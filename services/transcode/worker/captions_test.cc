// Captions from the file to what the edge serves.
#include <gmock/gmock.h>

#include <sstream>
#include <thread>

#include "services/transcode/domain/captions_playlist.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/captions_index.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

using testing::HasSubstr;
using testing::Not;

class CaptionsTest : public World {
 protected:
  void SetUp() override {
    path_ = dir_.path() + "/clip.mp4";
    make_clip(path_, 4);
    id_ = start(path_, episode_);
  }
  void put(const std::string& language, const std::string& words,
           CaptionsKind kind = CaptionsKind::kSubtitles) {
    const std::string text = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + words + "\n";
    const auto done = captioning(
        [&](Captioning& it) { return it.put(episode_, std::nullopt, {language, "", text, {}, kind}); });
    ASSERT_TRUE(done) << done.error().message;
  }
  void remove(const std::string& language) {
    ASSERT_TRUE(
        captioning([&](Captioning& it) { return it.remove(episode_, std::nullopt, language, false); }));
  }
  void work() {
    Ledger ledger = World::ledger();
    const auto worker = World::worker(ledger);
    run_all(*worker);
    const auto left = pool_->transact([](sql::Tx& tx) {
      return tx.run_text(
          "SELECT concat_ws(' ', kind, state, reason, message) FROM work WHERE state NOT IN ('done', "
          "'cancelled')");
    });
    for (std::size_t i = 0; i < left->size(); ++i) ADD_FAILURE() << (*left)[i].text(0);
  }
  void write(const std::vector<CaptionsTrack>& tracks, Time now) {
    const Revision revision = get(id_);
    auto index = FinishedIndex::open(*blobs_, revision, now);
    ASSERT_TRUE(index);
    ASSERT_TRUE(add_captions(*index, tracks));
    ASSERT_TRUE(index->save());
  }
  // The names of the segments in a language's playlist, which are all there.
  std::vector<std::string> segments(const Index& index, const std::string& language) {
    std::istringstream lines(object(index, captions_playlist_name(language)));
    std::vector<std::string> out;
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line[0] == '#') continue;
      out.push_back("captions/" + language + "/" + line);
      EXPECT_TRUE(index.objects.contains(out.back())) << out.back();
    }
    return out;
  }
  std::string path_;
  EpisodeId episode_ = EpisodeId::make(clock_.now(), random_);
  RevisionId id_;
};

TEST_F(CaptionsTest, PackagingTakesThem) {
  put("en", "Hello");
  put("es", "Hola", CaptionsKind::kCaptions);
  work();
  ASSERT_EQ(get(id_).state, State::kReady);
  const auto served = index(id_);
  ASSERT_TRUE(served);
  const std::string main = object(*served, "main.m3u8");
  EXPECT_THAT(main, HasSubstr("LANGUAGE=\"en\""));
  EXPECT_THAT(main, HasSubstr("LANGUAGE=\"es\""));
  EXPECT_THAT(main, HasSubstr("SUBTITLES=\"subs\""));
  EXPECT_THAT(object(*served, "provisional.m3u8"), Not(HasSubstr("SUBTITLES")));
  ASSERT_EQ(segments(*served, "en").size(), 1U);
  EXPECT_THAT(object(*served, segments(*served, "en")[0]),
              HasSubstr("00:00:01.000 --> 00:00:02.000\nHello\n"));
}

TEST_F(CaptionsTest, AChangeIsWrittenWithoutEncodingAgain) {
  work();
  const auto before = index(id_);
  const std::int64_t made = pieces();
  EXPECT_THAT(object(*before, "main.m3u8"), Not(HasSubstr("SUBTITLES")));
  put("en", "First");
  work();
  const auto first = index(id_);
  const std::string old = segments(*first, "en").at(0);
  put("en", "Second");
  work();
  const auto second = index(id_);
  EXPECT_EQ(pieces(), made);
  EXPECT_THAT(object(*second, segments(*second, "en").at(0)), HasSubstr("Second"));
  EXPECT_THAT(object(*second, old), HasSubstr("First"));  // someone may be watching
  put("es", "x");
  work();
  EXPECT_THAT(object(*index(id_), old), HasSubstr("First"));  // another change takes nothing away
  const CaptionsTrack third{"en", "en", CaptionsKind::kSubtitles, {{0, 1000, "Third", "", 0}}};
  write({third}, clock_.now() + 5h);
  EXPECT_TRUE(index(id_)->objects.contains(old));
  write({}, clock_.now() + 7h);
  EXPECT_FALSE(index(id_)->objects.contains(old));
  remove("en");
  work();
  remove("en");
  put("es", "x");
  remove("es");
  work();
  const auto last = index(id_);
  EXPECT_EQ(object(*last, "main.m3u8"), object(*before, "main.m3u8"));
  for (const auto& [name, entry] : before->objects) EXPECT_EQ(last->objects.at(name), entry) << name;
  EXPECT_FALSE(last->objects.contains("captions/en/captions.m3u8"));
}

TEST_F(CaptionsTest, TwiceIsAsOnceAndANewRevisionTakesThemOver) {
  work();
  put("en", "Hello");
  work();
  const auto name = get(id_).published;
  const auto text = blobs_->get(index_key(call_.caller.tenant, id_, State::kReady));
  ASSERT_TRUE(pool_->transact(
      [](sql::Tx& tx) { return tx.run_text("UPDATE work SET state = 'ready' WHERE kind = 'captions'"); }));
  work();
  EXPECT_EQ(get(id_).published, name);
  EXPECT_EQ(*blobs_->get(index_key(call_.caller.tenant, id_, State::kReady)), *text);

  const std::string other = dir_.path() + "/other.mp4";
  make_clip(other, 3);
  const RevisionId next = start(other, episode_);
  work();
  EXPECT_THAT(object(*index(next), "main.m3u8"), HasSubstr("LANGUAGE=\"en\""));
}

TEST_F(CaptionsTest, AWorkerThatDiedIsFencedAndDraftsAreNeverShown) {
  work();
  put("en", "Hello");
  Ledger dying = World::ledger(50ms);
  const auto held = dying.lease("dead");
  ASSERT_TRUE(held && *held);
  std::this_thread::sleep_for(80ms);
  work();
  EXPECT_EQ(dying.captions(**held).error().reason, "LEASE_LOST");
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    PgCaptions shelf(tx, call_, clock_, random_);
    return shelf.save(draft_of(episode_, {{0, 1000, "by a machine", "", 0}}, clock_.now()));
  }));
  put("es", "Hola");
  work();
  const auto served = index(id_);
  for (const auto& [name, entry] : served->objects) {
    if (name.ends_with(".vtt")) EXPECT_THAT(object(*served, name), Not(HasSubstr("machine"))) << name;
  }
}

TEST_F(CaptionsTest, AMachineWritesADraft) {
  const std::string wav = dir_.path() + "/voice.wav", spoken = dir_.path() + "/spoken.mp4";
  shell("espeak-ng -v en-us -s 120 -w " + wav + " 'We want to go home to my mother and father.'");
  shell("ffmpeg -nostdin -y -f lavfi -i color=s=360x640:r=30:d=6 -i " + wav +
        " -af adelay=1000:all=1,apad -t 6 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac " +
        spoken);
  id_ = start(spoken, episode_);
  work();
  const auto before = index(id_);
  const auto ask = [&] {
    return captioning([&](Captioning& it) { return it.draft(episode_, std::nullopt, "en"); });
  };
  const auto find = [&](CaptionsState state) {
    return captioning([&](Captioning& it) { return it.get(episode_, std::nullopt, "en", state); });
  };
  ASSERT_TRUE(ask());
  work();
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'dead'"), 0);
  const auto draft = find(CaptionsState::kDraft);
  ASSERT_TRUE(draft) << draft.error().reason;
  EXPECT_GT(draft->cues, 0);
  EXPECT_THAT(draft->webvtt, HasSubstr(" --> "));
  EXPECT_EQ(find(CaptionsState::kPublic).error().reason, "CAPTIONS_NOT_FOUND");
  EXPECT_EQ(index(id_)->objects, before->objects);
  ASSERT_TRUE(ask());  // there is one already
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'speech'"), 1);
  ASSERT_TRUE(captioning([&](Captioning& it) { return it.approve(episode_, std::nullopt, "en"); }));
  work();
  EXPECT_THAT(object(*index(id_), "main.m3u8"), HasSubstr("NAME=\"English\""));
}

TEST_F(CaptionsTest, ARevisionWhoseFilesAreGoneIsLeftAlone) {
  work();
  put("en", "Hello");
  const auto before = index(id_);
  ASSERT_TRUE(
      pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE revision SET swept_at = now()"); }));
  work();
  EXPECT_EQ(index(id_)->objects, before->objects);
  ASSERT_TRUE(
      pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE revision SET swept_at = NULL"); }));
  put("en", "Hello again");
  ASSERT_TRUE(blobs_->remove(index_key(call_.caller.tenant, id_, State::kReady)));
  work();
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'captions' AND state = 'done'"), 2);
  EXPECT_EQ(get(id_).state, State::kReady);
}

}  // namespace
}  // namespace cliffhanger::transcode
