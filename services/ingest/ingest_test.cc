// Uploads from the first byte to the verified source, on a real database, object store and media program.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/ingest/v1/events.pb.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/ingest/domain/library.h"
#include "services/ingest/module.h"
#include "services/ingest/store/pg_library.h"
#include "services/ingest/verify/verifier.h"

namespace cliffhanger::ingest {
namespace {

using namespace std::chrono_literals;

std::string build_dir() {
  const char* set = std::getenv("CLIFFHANGER_BUILD_DIR");
  return set ? set : ".";
}

constexpr const char* kVideo = "-f lavfi -i testsrc2=s=180x320:r=25:d=1 -c:v libx264 -preset ultrafast ";

std::string make_clip(const std::string& path, const std::string& what = std::string("-f lavfi -i sine=d=1 ") + kVideo + "-c:a aac -shortest ") {
  EXPECT_EQ(std::system(("ffmpeg -v error -y " + what + path).c_str()), 0);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class IngestTest : public testing::Test {
 protected:
  IngestTest() : url_(harness::Postgres::shared().new_database()) {
    EXPECT_TRUE(sql::migrate(url_, "ingest", embedded::ingest_migrations));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url_, "ingest", 4}, metrics_);
    blobs_ = blob::open_directory(dir_.path() + "/blobs");
    verifier_ = std::make_unique<Verifier>(
        Verifier::Deps{*pool_, *blobs_, outbox_, media_, clock_, random_, log_, "w1"});
    me_ = {*Tenant::parse("default"), Role::kCreator, UserId(Uuid::from_name("me")), "", false};
  }

  template <class Use>
  auto with(Use use) {
    return pool_->transact([&](sql::Tx& tx) {
      PgLibrary library(tx, clock_, random_);
      Uploads uploads(library, clock_, random_, {1 << 30});
      return use(uploads);
    });
  }
  Upload create(std::int64_t length, std::string sha256 = "") {
    return *with([&](Uploads& u) { return u.create_upload(me_, {EpisodeId(Uuid::from_name("e")), length, "a.mp4", "", sha256, SeriesId(Uuid::from_name("s"))}); });
  }
  Upload create_dub(std::int64_t length) {
    NewUpload wanted{EpisodeId(Uuid::from_name("e")), length, "a", "audio/flac", ""};
    wanted.purpose = Purpose::kDub;
    wanted.language = "es";
    wanted.label = "Español";
    return *with([&](Uploads& u) { return u.create_upload(me_, wanted); });
  }
  // The one event that was told, as an `E`.
  template <class E>
  E told() {
    const auto rows = pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT event FROM outbox"); });
    EXPECT_EQ(rows->size(), 1u);
    common::v1::Event event;
    E out;
    EXPECT_TRUE(event.ParseFromString((*rows)[0].bytes(0)));
    EXPECT_TRUE(event.payload().UnpackTo(&out)) << event.payload().type_url();
    return out;
  }
  // Sends `bytes` in pieces, as the edge would.
  Upload send(Upload upload, const std::string& bytes, std::size_t piece) {
    upload = *with([&](Uploads& u) { return u.begin(me_, upload.id, upload.offset); });
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const std::string part = bytes.substr(at, piece);
      const std::string key = part_prefix(upload) + std::to_string(at);
      EXPECT_TRUE(blobs_->put(key, part));
      const Part row{upload.epoch, static_cast<std::int64_t>(at), static_cast<std::int64_t>(part.size()),
                     std::string(64, 'a'), key};
      upload = *with([&](Uploads& u) { return u.commit_part(me_, upload.id, row); });
    }
    return upload;
  }
  Upload verified(const Upload& upload) {
    for (int i = 0; i < 20; ++i) {
      const auto did = verifier_->step({});
      EXPECT_TRUE(did) << did.error().message;
      if (!did || !*did) break;
    }
    return *with([&](Uploads& u) { return u.get(me_, upload.id); });
  }
  std::int64_t number(const std::string& sql) {
    return (*pool_->transact([&](sql::Tx& tx) { return tx.run_text(sql); }))[0].number(0);
  }

  harness::TempDir dir_;
  std::string url_;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "ingest"};
  harness::ManualClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  media::Runner media_{{build_dir() + "/bin/cliffhanger-media", 20s, 512}};
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<Verifier> verifier_;
  Caller me_;
};

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
  const auto event = told<v1::DubVerified>();
  EXPECT_EQ(event.language(), "es");
  EXPECT_EQ(event.label(), "Español");
  EXPECT_EQ(event.duration_ms(), 3000);
  EXPECT_EQ(event.sha256(), upload.sha256);
  EXPECT_EQ(*blobs_->get(event.object_key()), sound);
}

TEST_F(IngestTest, OfAVideoTheSoundIsTakenAndAMuteOneIsRejected) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4");
  EXPECT_EQ(verified(send(create_dub(static_cast<std::int64_t>(clip.size())), clip, 1 << 20)).state, State::kReady);
  EXPECT_NEAR(static_cast<double>(told<v1::DubVerified>().duration_ms()), 1000, 50);
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) { return tx.run_text("DELETE FROM outbox"); }));
  const std::string mute = make_clip(dir_.path() + "/b.mp4", kVideo);
  const auto refused = verified(send(create_dub(static_cast<std::int64_t>(mute.size())), mute, 1 << 20));
  EXPECT_EQ(refused.failure_reason, "MEDIA_NO_SOUND") << refused.failure_message;
  EXPECT_TRUE(told<v1::UploadRejected>().dub());
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
  const media::Runner broken{{"/bin/false", 5s, 64}};
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
