// Work that may start while the rest of a file arrives, and what becomes of uploads whose episode is deleted.
#include "services/ingest/test_uploads.h"

namespace cliffhanger::ingest {
namespace {

const std::string kEightSeconds =
    "-f lavfi -i testsrc2=s=180x320:r=25 -f lavfi -i sine -c:v libx264 -preset ultrafast -c:a aac -shortest "
    "-s 360x640 -crf 12 -g 25 -t 8 ";

class UploadHeadTest : public IngestTest {
 protected:
  // Two and a half times as large as what counts as its beginning.
  std::string film(const std::string& more = "-movflags +faststart") {
    static std::map<std::string, std::string> made;
    std::string& clip = made[more];
    if (clip.empty()) clip = make_clip(dir_.path() + "/film.mp4", kEightSeconds + more + " ");
    EXPECT_GE(clip.size(), 800'000u);
    head_bytes_ = static_cast<std::int64_t>(clip.size()) / 10 * 4 + 77;  // no edge of a part
    verifier_ = std::make_unique<Verifier>(
        Verifier::Deps{*pool_, *blobs_, outbox_, media_, clock_, random_, log_, "w1", head_bytes_});
    return clip;
  }
  void look_at_heads() {
    for (bool more = true; more;) {
      const auto did = verifier_->step({}, Verifier::heads());
      ASSERT_TRUE(did) << did.error().message;
      more = *did;
    }
  }
  Upload half_sent(const std::string& clip) {
    return send_until(create(static_cast<std::int64_t>(clip.size())), clip, 50'000, clip.size() / 2);
  }
  void delete_episode() {
    ASSERT_TRUE(with([&](Uploads& u) { return u.episode_deleted(me_.tenant, episode_); }));
  }
};

TEST_F(UploadHeadTest, IsToldOnceAndIsWhatTheWholeBeginsWith) {
  const std::string clip = film();
  auto upload = half_sent(clip);
  look_at_heads();
  const auto heads = told<v1::SourceHeadArrived>();
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(heads[0].head_bytes(), head_bytes_);
  EXPECT_EQ(heads[0].length(), static_cast<std::int64_t>(clip.size()));
  EXPECT_NE(heads[0].probe_json().find("\"h264\""), std::string::npos);
  EXPECT_EQ(*blobs_->get(heads[0].object_key()), clip.substr(0, static_cast<std::size_t>(head_bytes_)));
  upload = verified(send(upload, clip, 50'000));
  ASSERT_EQ(upload.state, State::kReady) << upload.failure_message;
  look_at_heads();
  EXPECT_EQ(told<v1::SourceHeadArrived>().size(), 1u);
  const auto whole = told<v1::SourceVerified>();
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].source_id(), heads[0].source_id());
  EXPECT_EQ(whole[0].head_sha256(), heads[0].head_sha256());
  EXPECT_EQ(whole[0].head_bytes(), heads[0].head_bytes());
  EXPECT_TRUE(blobs_->list("parts/", "", 10)->empty());
  EXPECT_TRUE(told<v1::SourceHeadGone>().empty());
}

// Half a minute of a phone's film in 4K HDR is no large file, but takes long to encode.
TEST_F(UploadHeadTest, OfASmallerFileHalfOfItIsEnough) {
  const std::string clip = film();
  head_bytes_ = static_cast<std::int64_t>(clip.size()) - 1;  // so that the half is behind what was sent at first
  verifier_ = std::make_unique<Verifier>(
      Verifier::Deps{*pool_, *blobs_, outbox_, media_, clock_, random_, log_, "w1", head_bytes_});
  auto upload = send_until(create(static_cast<std::int64_t>(clip.size())), clip, 50'000, clip.size() / 4);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'head'"), 0);
  upload = send_until(upload, clip, 50'000, clip.size() / 4 * 3);
  look_at_heads();
  ASSERT_EQ(told<v1::SourceHeadArrived>().size(), 1u);
  EXPECT_EQ(told<v1::SourceHeadArrived>()[0].head_bytes(), head_bytes_ / 2);
  ASSERT_EQ(verified(send(upload, clip, 50'000)).state, State::kReady);
  EXPECT_EQ(told<v1::SourceVerified>().at(0).head_sha256(), told<v1::SourceHeadArrived>()[0].head_sha256());
}

TEST_F(UploadHeadTest, NothingHappensWhereTheContainerHasItsIndexAtTheEnd) {
  const std::string clip = film("");
  auto upload = half_sent(clip);
  look_at_heads();
  EXPECT_TRUE(told<v1::SourceHeadArrived>().empty());
  EXPECT_FALSE(blobs_->head(head_key(upload)));
  upload = verified(send(upload, clip, 50'000));
  ASSERT_EQ(upload.state, State::kReady) << upload.failure_message;
  EXPECT_EQ(told<v1::SourceVerified>().at(0).head_bytes(), 0);
}

TEST_F(UploadHeadTest, NothingHappensWithWhatIsSmallOrNoFilm) {
  const std::string clip = film();
  head_bytes_ = static_cast<std::int64_t>(clip.size()) + 1;
  half_sent(clip);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'head'"), 0);
  head_bytes_ = 1000;
  const auto text = half_sent(std::string(300'000, 'x'));
  look_at_heads();
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'head' AND state = 'done'"), 1);
  EXPECT_TRUE(told<v1::SourceHeadArrived>().empty());
  EXPECT_EQ(with([&](Uploads& u) { return u.get(me_, text.id); })->state, State::kReceiving);
}

// A dub may be a whole film, of which only the sound counts.
TEST_F(UploadHeadTest, NothingHappensWithADub) {
  const std::string clip = film();
  auto upload = create_dub(static_cast<std::int64_t>(clip.size()));
  upload = send_until(upload, clip, 50'000, clip.size() / 2);
  EXPECT_EQ(number("SELECT count(*) FROM work"), 0);
  ASSERT_EQ(verified(send(upload, clip, 50'000)).state, State::kReady);
  EXPECT_EQ(told_alone<v1::DubVerified>().episode_id(), episode_.text());
}

// What is verified is not what the house was told of: then it is told that, and nothing fits.
TEST_F(UploadHeadTest, ABeginningThatChangedInTheStoreHasAnotherDigest) {
  const std::string clip = film();
  auto upload = half_sent(clip);
  look_at_heads();
  std::string other = clip.substr(0, 50'000);
  other[12] = 7;  // the minor version, which no reader minds
  ASSERT_TRUE(blobs_->put(part_prefix(upload) + "0", other));
  upload = verified(send(upload, clip, 50'000));
  ASSERT_EQ(upload.state, State::kReady) << upload.failure_message;
  EXPECT_NE(told<v1::SourceVerified>().at(0).head_sha256(), told<v1::SourceHeadArrived>().at(0).head_sha256());
}

TEST_F(UploadHeadTest, AnUploadThatIsGivenUpTakesItBack) {
  const std::string clip = film();
  const auto upload = half_sent(clip);
  look_at_heads();
  ASSERT_TRUE(with([&](Uploads& u) { return u.terminate_upload(me_, upload.id); }));
  verified(upload);
  ASSERT_EQ(told<v1::SourceHeadGone>().size(), 1u);
  EXPECT_EQ(told<v1::SourceHeadGone>()[0].source_id(), told<v1::SourceHeadArrived>()[0].source_id());
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
}

TEST_F(UploadHeadTest, AnUploadThatIsRejectedTakesItBack) {
  const std::string clip = film();
  auto upload = create(static_cast<std::int64_t>(clip.size()), std::string(64, '0'));
  upload = send_until(upload, clip, 50'000, clip.size() / 2);
  look_at_heads();
  upload = verified(send(upload, clip, 50'000));
  EXPECT_EQ(upload.failure_reason, "DIGEST_MISMATCH");
  EXPECT_EQ(told<v1::SourceHeadGone>().size(), 1u);
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
}

TEST_F(UploadHeadTest, AWorkerThatDiesAtItIsFollowedAndOneThatIsTooLateLeavesNothing) {
  const std::string clip = film();
  auto upload = half_sent(clip);
  ASSERT_TRUE(
      pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kHeadTask}, "dead", 1ms); })->task);
  std::this_thread::sleep_for(20ms);
  ASSERT_TRUE(with([&](Uploads& u) { return u.terminate_upload(me_, upload.id); }));
  verified(upload);
  ASSERT_TRUE(blobs_->put(head_key(upload), "written by the dead one after the parts were removed"));
  look_at_heads();
  EXPECT_TRUE(told<v1::SourceHeadArrived>().empty());
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
}

TEST_F(UploadHeadTest, ADeletedEpisodeLeavesNoUploadAndNoFile) {
  const std::string clip = film();
  const auto ready = verified(send(create(static_cast<std::int64_t>(clip.size())), clip, 1 << 20));
  ASSERT_EQ(ready.state, State::kReady);
  const auto dub = verified(send(create_dub(static_cast<std::int64_t>(clip.size())), clip, 1 << 20));
  ASSERT_EQ(dub.state, State::kReady);
  const auto open = half_sent(clip);
  look_at_heads();
  const auto verifying = send(create(static_cast<std::int64_t>(clip.size())), clip, 1 << 20);
  delete_episode();
  delete_episode();
  for (const auto& upload : {ready, dub, open, verifying}) {
    const auto now = verified(upload);
    EXPECT_EQ(now.state, State::kTerminated);
    EXPECT_EQ(now.failure_reason, "EPISODE_DELETED");
  }
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
  EXPECT_EQ(number("SELECT count(*) FROM part"), 0);
  EXPECT_EQ(told<v1::SourceHeadGone>().size(), 1u);
  EXPECT_EQ(told<v1::SourceVerified>().size(), 1u) << "what was being verified is of no use any more";
  EXPECT_EQ(with([&](Uploads& u) {
              return u.create_upload(me_, {episode_, 10, "a.mp4", "", ""});
            })
                .error()
                .reason,
            "EPISODE_NOT_FOUND");
  EXPECT_TRUE(with([&](Uploads& u) {
    return u.create_upload(me_, {EpisodeId(Uuid::from_name("another")), 10, "a.mp4", "", ""});
  }));
}

// The end of the episode comes while the verifier is at the file: after the removal it writes the source all
// the same.
TEST_F(UploadHeadTest, ASourceThatWasWrittenTooLateIsRemoved) {
  const std::string clip = film();
  const auto upload = send(create(static_cast<std::int64_t>(clip.size())), clip, 1 << 20);
  const auto task =
      *pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kVerifyTask}, "slow", 60s); })->task;
  delete_episode();
  verified(upload);
  ASSERT_TRUE(blobs_->put(source_key(me_.tenant, SourceId(upload.id.uuid())), clip));
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sql::release_task(tx, task, 0ms); }));
  verified(upload);
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
  EXPECT_TRUE(told<v1::SourceVerified>().empty());
}

}  // namespace
}  // namespace cliffhanger::ingest
