// Cuts, from the request to what the edge serves: real films, the real media program, the real gate.
#include <gmock/gmock.h>

#include "services/transcode/domain/cutting.h"
#include "services/transcode/worker/sweeper.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

using testing::HasSubstr;
using testing::Not;

class CutTest : public World {
 protected:
  // An episode with a film.
  EpisodeId film(double seconds, const std::string& size = "180x320") {
    const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
    const std::string path = dir_.path() + "/" + episode.text() + ".mp4";
    make_clip(path, seconds, size);
    start(path, episode);
    return episode;
  }
  Result<Revision> cut(EpisodeId of, const std::vector<WantedStretch>& wanted) {
    return transact([&](PgRevisions& revisions) {
      return Cutting({revisions, revisions, clock_, random_}).cut(call_, of, owner_, wanted);
    });
  }
  std::string reason(EpisodeId of, const std::vector<WantedStretch>& wanted) {
    const auto made = cut(of, wanted);
    return made ? "" : made.error().reason;
  }
  void work(const Encryptor* encryptor = nullptr) {
    Ledger ledger({*pool_, *blobs_, outbox_, clock_, random_, encryptor}, 30s);
    const auto worker = World::worker(ledger);
    run_all(*worker);
  }
  Index ready(RevisionId id) {
    const Revision revision = get(id);
    EXPECT_EQ(revision.state, State::kReady) << revision.failure_reason << " " << revision.failure_message;
    return index(id).value_or(Index());
  }
  void pass(const std::string& time) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(tx.run_text("UPDATE revision SET ended_at = ended_at - interval '" + time + "'"));
      CH_TRY(tx.run_text("UPDATE garbage SET noted_at = noted_at - interval '" + time + "'"));
      return {};
    }));
  }
  void sweep() {
    Sweeper sweeper({*pool_, *blobs_, metrics_}, {24h, 24h, 1h});
    for (int i = 0; i < 3; ++i) {
      pass("25 hours");
      for (int step = 0; step < 500 && *sweeper.step(); ++step) {
      }
    }
  }
  bool all_there(const Index& index) {
    return std::all_of(index.objects.begin(), index.objects.end(),
                       [&](const auto& one) { return blobs_->head(one.second.first).has_value(); });
  }
};

TEST_F(CutTest, ARecapOfTwoFilmsIsReadyWithoutEncoding) {
  const EpisodeId one = film(9), two = film(7), recap = EpisodeId::make(clock_.now(), random_);
  work();
  const std::int64_t made = pieces();
  const auto asked = cut(recap, {{one, 5900, 8100}, {two, 0, 4000}, {one, 0, 2000}});
  ASSERT_TRUE(asked) << asked.error().reason << asked.error().message;
  EXPECT_EQ(asked->stretches[0].from_ms, 6000);
  EXPECT_EQ(asked->stretches[0].to_ms, 8000);
  EXPECT_EQ(asked->duration_ms, 8000);
  EXPECT_EQ(newest(recap).id, asked->id);
  work();
  const Index served = ready(asked->id);
  EXPECT_EQ(pieces(), made);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state NOT IN ('done')"), 0);
  EXPECT_EQ(told().back(), "RevisionReady");
  EXPECT_THAT(object(served, "main.m3u8"), HasSubstr("v180/video.m3u8"));
  EXPECT_THAT(object(served, "v180/video.m3u8"), HasSubstr("../0/v180/2.m4s"));
  EXPECT_THAT(object(served, "v180/video.m3u8"), HasSubstr("../1/v180/1.m4s"));
  EXPECT_TRUE(served.objects.contains("v180/iframes.m3u8"));
  EXPECT_TRUE(served.objects.contains("storyboard.vtt"));
  EXPECT_TRUE(served.objects.contains("preview.m3u8"));
  // The same objects as the films'.
  EXPECT_EQ(served.objects.at("0/v180/0.m4s"), index(newest(one).id)->objects.at("v180/0.m4s"));
  EXPECT_EQ(get(asked->id).stretches, asked->stretches);
}

TEST_F(CutTest, FilmsOfDifferentRatesAndLengthsFollowOneAnother) {
  const std::string slow = dir_.path() + "/slow.mp4";
  shell(
      "ffmpeg -nostdin -y -f lavfi -i testsrc2=size=180x320:rate=24000/1001:duration=11 -f lavfi -i "
      "sine=frequency=440:duration=11 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -shortest " +
      slow);
  const EpisodeId one = film(9), two = EpisodeId::make(clock_.now(), random_);
  start(slow, two);
  work();
  std::vector<WantedStretch> wanted;
  for (int i = 0; i < 6; ++i) wanted.push_back({two, 2000, 4000}), wanted.push_back({one, 2000, 4000});
  const auto made = cut(one, wanted);
  ASSERT_TRUE(made) << made.error().reason << made.error().message;
  work();
  const Index served = ready(made->id);
  EXPECT_THAT(object(served, "main.m3u8"), HasSubstr("FRAME-RATE=30.000"));
}

TEST_F(CutTest, WhatCantBeCutIsRefused) {
  const EpisodeId one = film(3), other = EpisodeId::make(clock_.now(), random_);
  // Its upload is being transcoded.
  EXPECT_EQ(reason(one, {{one, 0, 2000}}), "REVISION_NOT_READY");
  EXPECT_EQ(reason(other, {{one, 0, 2000}}), "REVISION_NOT_READY");
  work();
  EXPECT_EQ(reason(one, {}), "REUSE_NOTHING");
  EXPECT_EQ(reason(one, std::vector<WantedStretch>(201, {one, 0, 2000})), "REUSE_NOTHING");
  EXPECT_EQ(reason(one, {{one, 3000, 4000}}), "REUSE_RANGE");
  EXPECT_EQ(reason(one, {{one, 2000, 2000}}), "REUSE_RANGE");
  EXPECT_EQ(reason(one, {{other, 0, 2000}}), "EPISODE_NOT_FOUND");
  // Another's film is no film.
  const UserId mine = owner_;
  owner_ = UserId::make(clock_.now(), random_);
  EXPECT_EQ(reason(one, {{one, 0, 2000}}), "EPISODE_NOT_FOUND");
  owner_ = mine;
  // Nor is a cut.
  ASSERT_TRUE(cut(other, {{one, 0, 2000}}));
  work();
  EXPECT_EQ(reason(one, {{other, 0, 2000}}), "REVISION_NOT_READY");
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_deleted(one, 9); }));
  EXPECT_EQ(reason(other, {{one, 0, 2000}}), "EPISODE_NOT_FOUND");
  EXPECT_EQ(reason(one, {{other, 0, 2000}}), "EPISODE_NOT_FOUND");
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE cut"), 1);
}

TEST_F(CutTest, WhatItShowsStaysWhateverBecomesOfTheFilms) {
  const EpisodeId one = film(7), recap = EpisodeId::make(clock_.now(), random_);
  work();
  const RevisionId source = newest(one).id;
  const auto made = cut(recap, {{one, 0, 4000}});
  ASSERT_TRUE(made);
  work();
  const Index served = ready(made->id);
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_deleted(one, 2); }));
  work();
  sweep();
  EXPECT_EQ(get(source).state, State::kCancelled);
  EXPECT_EQ(number("SELECT count(*) FROM revision WHERE swept_at IS NOT NULL"), 1);
  EXPECT_TRUE(all_there(served));
  const std::int64_t left = pieces();
  EXPECT_GT(left, 0);
  EXPECT_LT(left, number("SELECT count(*) FROM revision_piece"));
  // Then nobody needs it any more.
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_deleted(recap, 2); }));
  work();
  sweep();
  EXPECT_EQ(pieces(), 0);
  EXPECT_EQ(blobs_->list("segments/", "", 1000)->size(), 0U);
  EXPECT_EQ(blobs_->list("revisions/", "", 1000)->size(), 0U);
}

TEST_F(CutTest, ATrimThatIsPublishedDoesNotEndTheFilm) {
  const EpisodeId one = film(7);
  work();
  const RevisionId whole = newest(one).id;
  const auto first = cut(one, {{one, 0, 4000}});
  ASSERT_TRUE(first);
  work();
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.episode_changed(one, 3, first->id); }));
  sweep();
  // Another one can be made of the same film, and replaces the first.
  const auto second = cut(one, {{one, 2000, 7000}});
  ASSERT_TRUE(second) << second.error().reason;
  EXPECT_EQ(second->stretches[0].revision, whole);
  work();
  ready(second->id);
  ASSERT_TRUE(
      transact([&](PgRevisions& revisions) { return revisions.episode_changed(one, 4, second->id); }));
  sweep();
  EXPECT_FALSE(index(first->id));
  EXPECT_TRUE(all_there(ready(second->id)));
  EXPECT_TRUE(all_there(ready(whole)));
}

TEST_F(CutTest, AnObjectThatIsLostFailsItWithAReason) {
  const EpisodeId one = film(3);
  work();
  const Index served = *index(newest(one).id);
  ASSERT_TRUE(blobs_->remove(served.objects.at("v180/0.m4s").first));
  const auto made = cut(one, {{one, 0, 2000}});
  ASSERT_TRUE(made);
  work();
  EXPECT_EQ(get(made->id).state, State::kFailed);
  EXPECT_EQ(get(made->id).failure_reason, "GATE_PIECE_MISSING");
  EXPECT_EQ(told().back(), "RevisionFailed");
}

TEST_F(CutTest, EncryptedItHasItsOwnKeyAndObjects) {
  const EpisodeId one = film(9), two = film(5);
  work();
  for (const Encryption method : {Encryption::kSampleAes, Encryption::kAes128}) {
    std::vector<RevisionId> keys;
    const Encryptor encryptor(method, *blobs_, [&](const Call&, const RevisionId& id) -> Result<ContentKey> {
      keys.push_back(id);
      return ContentKey{"0123456789abcdef", "fedcba9876543210", "vectorvectorvect"};
    });
    const auto made = cut(one, {{one, 5900, 9000}, {two, 0, 2000}});
    ASSERT_TRUE(made);
    work(&encryptor);
    const Index served = ready(made->id);
    EXPECT_EQ(std::set(keys.begin(), keys.end()), std::set{made->id});
    for (const auto& [name, entry] : served.objects) {
      if (name.ends_with(".m4s"))
        EXPECT_TRUE(entry.first.starts_with("revisions/default/" + made->id.text())) << name;
    }
    const std::string list = object(served, "v180/video.m3u8");
    EXPECT_THAT(list, HasSubstr(method == Encryption::kAes128 ? "METHOD=AES-128,URI=\"../key\""
                                                              : "METHOD=SAMPLE-AES,URI=\"../key\""));
    EXPECT_THAT(list, Not(HasSubstr("BYTERANGE")));
    EXPECT_EQ(served.objects.contains("v180/iframes.m3u8"), method == Encryption::kSampleAes);
  }
}

}  // namespace
}  // namespace cliffhanger::transcode
