// Uploads from the first byte to the verified source, on a real database, object store and media program.
#include "services/ingest/test_uploads.h"

namespace cliffhanger::ingest {
namespace {

TEST_F(IngestTest, AVideoBecomesAVerifiedSourceAndTheHouseIsTold) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  auto upload = send(create(static_cast<std::int64_t>(clip.size())), clip, 10'000);
  EXPECT_EQ(upload.state, State::kVerifying);
  upload = verified(upload);
  ASSERT_EQ(upload.state, State::kReady) << upload.failure_message;
  EXPECT_EQ(*blobs_->get(source_key(me_.tenant, *upload.source)), clip);
  EXPECT_TRUE(blobs_->list("parts/", "", 10)->empty());
  EXPECT_EQ(number("SELECT count(*) FROM part"), 0);
  const auto rows = pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT event FROM outbox"); });
  ASSERT_EQ(rows->size(), 1u);
  common::v1::Event event;
  v1::SourceVerified verified;
  ASSERT_TRUE(event.ParseFromString((*rows)[0].bytes(0)));
  ASSERT_TRUE(event.payload().UnpackTo(&verified));
  EXPECT_EQ(verified.sha256(), upload.sha256);
  EXPECT_EQ(verified.series_id(), SeriesId(Uuid::from_name("s")).text());
  EXPECT_NE(verified.probe_json().find("\"h264\""), std::string::npos);
}

TEST_F(IngestTest, SoundInAnotherLanguageIsNoSourceOfAFilm) {
  const std::string sound = make_clip(dir_.path() + "/a.flac", "-f lavfi -i sine=d=3 ");
  const auto upload = verified(send(create_dub(static_cast<std::int64_t>(sound.size())), sound, 10'000));
  ASSERT_EQ(upload.state, State::kReady) << upload.failure_message;
  EXPECT_EQ(upload.purpose, Purpose::kDub);
  const auto event = told_alone<v1::DubVerified>();
  EXPECT_EQ(event.language(), "es");
  EXPECT_EQ(event.label(), "Español");
  EXPECT_EQ(event.duration_ms(), 3000);
  EXPECT_EQ(event.sha256(), upload.sha256);
  EXPECT_EQ(*blobs_->get(event.object_key()), sound);
}

TEST_F(IngestTest, OfAVideoTheSoundIsTakenAndAMuteOneIsRejected) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  EXPECT_EQ(verified(send(create_dub(static_cast<std::int64_t>(clip.size())), clip, 1 << 20)).state, State::kReady);
  EXPECT_NEAR(static_cast<double>(told_alone<v1::DubVerified>().duration_ms()), 1000, 50);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("DELETE FROM outbox"); }));
  const std::string mute = make_clip(dir_.path() + "/b.mp4", kVideo);
  const auto refused = verified(send(create_dub(static_cast<std::int64_t>(mute.size())), mute, 1 << 20));
  EXPECT_EQ(refused.failure_reason, "MEDIA_NO_SOUND") << refused.failure_message;
  EXPECT_TRUE(told_alone<v1::UploadRejected>().dub());
}

TEST_F(IngestTest, SoundAloneIsNoFilm) {
  const std::string sound = make_clip(dir_.path() + "/a.wav", "-f lavfi -i sine=d=1 ");
  EXPECT_EQ(verified(send(create(static_cast<std::int64_t>(sound.size())), sound, 1 << 20)).failure_reason, "MEDIA_NOT_VIDEO");
}

TEST_F(IngestTest, WhatIsNoVideoIsRejectedWithAReason) {
  const std::string text = "This is not a film.\n";
  auto upload = verified(send(create(static_cast<std::int64_t>(text.size())), text, 100));
  EXPECT_EQ(upload.state, State::kRejected);
  EXPECT_EQ(upload.failure_reason, "MEDIA_NOT_VIDEO") << upload.failure_message;
  EXPECT_FALSE(upload.failure_message.empty());
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 1);
}

TEST_F(IngestTest, APlaylistThatNamesAUrlIsRejectedAndNothingIsFetched) {
  const std::string text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n";
  const auto upload = verified(send(create(static_cast<std::int64_t>(text.size())), text, 100));
  EXPECT_EQ(upload.failure_reason, "MEDIA_NOT_VIDEO");
}

TEST_F(IngestTest, AnotherDigestThanPromisedIsRejected) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  const auto upload = verified(send(create(static_cast<std::int64_t>(clip.size()), std::string(64, '0')), clip, 1 << 20));
  EXPECT_EQ(upload.failure_reason, "DIGEST_MISMATCH");
}

TEST_F(IngestTest, AWorkerThatDiesBetweenLeaseAndEndIsFollowedByAnother) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  const auto upload = send(create(static_cast<std::int64_t>(clip.size())), clip, 1 << 20);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kVerifyTask}, "dead", 1ms); })->task);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(verified(upload).state, State::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 1);
}

TEST_F(IngestTest, AChildThatDiesEachTimeEndsInARejection) {
  // Its script is missing: each job ends at once, without a word.
  const media::Runner broken{{build_dir() + "/tests/media_script_program", 5s, 64}};
  Verifier verifier({*pool_, *blobs_, outbox_, broken, clock_, random_, log_, "w1"});
  const auto upload = send(create(4), "abcd", 4);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(verifier.step({}));
    ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE work SET run_after = now()"); }));
  }
  EXPECT_EQ(with([&](Uploads& u) { return u.get(me_, upload.id); })->failure_reason, "UPLOAD_UNVERIFIABLE");
}

TEST_F(IngestTest, AnObjectStoreThatIsAwayCostsNothing) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  const auto upload = send(create(static_cast<std::int64_t>(clip.size())), clip, 1 << 20);
  std::filesystem::rename(dir_.path() + "/blobs/.tmp", dir_.path() + "/away");
  for (int i = 0; i < 10; ++i) {  // more often than it has attempts
    EXPECT_FALSE(verifier_->step({}));
    ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE work SET run_after = now()"); }));
  }
  std::filesystem::rename(dir_.path() + "/away", dir_.path() + "/blobs/.tmp");
  EXPECT_EQ(verified(upload).state, State::kReady);
}

TEST_F(IngestTest, AWorkerThatDiesForTheLastTimeLeavesARejection) {
  const auto upload = send(create(4), "abcd", 4);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("UPDATE work SET attempts = most_attempts - 1"); }));
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kVerifyTask}, "dead", 1ms); })->task);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(verified(upload).failure_reason, "UPLOAD_UNVERIFIABLE");
}

TEST_F(IngestTest, OthersAndOtherTenantsSeeNothing) {
  const auto upload = create(10);
  Caller other = me_;
  other.user = UserId(Uuid::from_name("other"));
  EXPECT_EQ(with([&](Uploads& u) { return u.get(other, upload.id); }).error().reason, "UPLOAD_NOT_FOUND");
  Caller foreign = me_;
  foreign.tenant = *Tenant::parse("elsewhere");
  foreign.role = Role::kOperator;
  EXPECT_EQ(with([&](Uploads& u) { return u.get(foreign, upload.id); }).error().reason, "UPLOAD_NOT_FOUND");
  EXPECT_EQ(with([&](Uploads& u) { return u.terminate_upload(foreign, upload.id); }).error().reason, "UPLOAD_NOT_FOUND");
}

TEST_F(IngestTest, APartAcknowledgedTwiceCountsOnce) {
  auto upload = create(8);
  upload = *with([&](Uploads& u) { return u.begin(me_, upload.id, 0); });
  const Part part{upload.epoch, 0, 4, std::string(64, 'a'), part_prefix(upload) + "0"};
  EXPECT_EQ(with([&](Uploads& u) { return u.commit_part(me_, upload.id, part); })->offset, 4);
  EXPECT_EQ(with([&](Uploads& u) { return u.commit_part(me_, upload.id, part); })->offset, 4);
  EXPECT_EQ(number("SELECT count(*) FROM part"), 1);
}

TEST_F(IngestTest, ForgottenUploadsExpireAndLeaveNothing) {
  auto upload = create(8);
  upload = *with([&](Uploads& u) { return u.begin(me_, upload.id, 0); });
  ASSERT_TRUE(blobs_->put(part_prefix(upload) + "0", "abcd"));
  ASSERT_TRUE(with([&](Uploads& u) {
    return u.commit_part(me_, upload.id, {upload.epoch, 0, 4, std::string(64, 'a'), part_prefix(upload) + "0"});
  }));
  clock_.advance(23h);
  EXPECT_EQ(*with([](Uploads& u) { return u.expire(); }), 0);
  clock_.advance(2h);
  EXPECT_EQ(*with([](Uploads& u) { return u.expire(); }), 1);
  EXPECT_EQ(verified(upload).state, State::kTerminated);
  EXPECT_TRUE(blobs_->list("", "", 10)->empty());
}

}  // namespace
}  // namespace cliffhanger::ingest
