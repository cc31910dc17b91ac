// Imports whose worker dies, stops or is slow, and those that are given up; how many there may be.
#include "services/ingest/import/test_imports.h"

namespace cliffhanger::ingest {
namespace {

class TakeoverTest : public ImportsTest {
 protected:
  // Serves `bytes_` by ranges; the first time it stops at `pause` until it is let go.
  Origin& hesitating(std::size_t pause) {
    return serve([this, pause](const auto& request, auto& peer) {
      if (asked_++ > 0) return send_file(request, peer, bytes_, "\"1\"");
      send_file(request, peer, bytes_, "\"1\"", pause);
      while (!released_ && !peer.ending()) std::this_thread::sleep_for(1ms);
      peer.send(std::string_view(bytes_).substr(pause));
      gone_ = true;
    });
  }
  bool committed(const Upload& upload, std::int64_t bytes) {
    return eventually([&] { return now(upload).offset >= bytes; });
  }
  // Of a part that is not committed yet.
  bool something_is_written() {
    for (const auto& file : std::filesystem::directory_iterator(dir_.path() + "/blobs/.tmp"))
      if (file.is_regular_file() && file.file_size() > 0) return true;
    return false;
  }

  std::string bytes_ = noise(20 << 20);
  std::atomic<int> asked_ = 0;
  std::atomic<bool> released_ = false, gone_ = false;
};

// Its lease ran out while it waited for the server: the next one goes on at the last part, and what the first
// gets after that has no effect.
TEST_F(TakeoverTest, AWorkerThatIsSlowIsFollowedAndFenced) {
  rules_.limits.stall = 60s;
  const auto& origin = hesitating(10 << 20);
  const auto upload = import_from(origin.url());
  std::jthread slow([&] { step("slow"); });
  ASSERT_TRUE(committed(upload, 8 << 20));
  const auto taken = eventually([&] {  // against the beats of the slow one
    sql("UPDATE work SET lease_until = now() - interval '1 second' WHERE kind = 'import' AND worker = "
        "'slow'");
    return step("next");
  });
  ASSERT_TRUE(taken);
  EXPECT_EQ(now(upload).state, State::kVerifying);
  released_ = true;
  slow.join();
  EXPECT_EQ(origin.requests().at(1).field("range"), "bytes=8388608-");
  EXPECT_EQ(sha256_hex(parts(upload)), sha256_hex(bytes_));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'verify'"), 1);
  EXPECT_FALSE(step());
}

TEST_F(TakeoverTest, AWorkerThatDiedIsFollowed) {
  const auto& origin = serve([this](const auto& request, auto& peer) {
    send_file(request, peer, bytes_, "\"1\"", asked_++ ? bytes_.npos : 9 << 20);
  });
  const auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  hurry();
  ASSERT_TRUE(
      pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kImportTask}, "dead", 1ms); })->task);
  std::this_thread::sleep_for(20ms);
  ASSERT_TRUE(step());
  EXPECT_EQ(now(upload).state, State::kVerifying);
  EXPECT_EQ(origin.requests().at(1).field("range"), "bytes=9437184-");
  EXPECT_EQ(sha256_hex(parts(upload)), sha256_hex(bytes_));
}

TEST_F(TakeoverTest, WorkersThatDieAtItForTheLastTimeLeaveARejection) {
  const auto upload = import_from("http://127.0.0.1/");
  sql("UPDATE work SET attempts = most_attempts - 1");
  ASSERT_TRUE(
      pool_->transact([&](sql::Tx& tx) { return sql::lease_task(tx, {kImportTask}, "dead", 1ms); })->task);
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(step());
  EXPECT_EQ(now(upload).failure_reason, "IMPORT_FAILED");
  EXPECT_EQ(told_alone<v1::UploadRejected>().reason(), "IMPORT_FAILED");
}

TEST_F(TakeoverTest, AProcessThatStopsKeepsWhatArrived) {
  rules_.limits.stall = 60s;
  const auto& origin = hesitating(5'000'000);
  const auto upload = import_from(origin.url());
  std::stop_source stop;
  std::jthread first([&] { step("w1", stop.get_token()); });
  ASSERT_TRUE(eventually([&] { return something_is_written(); }));
  stop.request_stop();
  first.join();
  const auto kept = now(upload).offset;
  EXPECT_GT(kept, 0);
  EXPECT_EQ(number("SELECT attempts FROM work"), 0) << "no fault of the import";
  EXPECT_EQ(job(upload).failures, 0);
  released_ = true;
  ASSERT_TRUE(step("w2"));
  EXPECT_EQ(origin.requests().at(1).field("range"), "bytes=" + std::to_string(kept) + "-");
  EXPECT_EQ(sha256_hex(parts(upload)), sha256_hex(bytes_));
}

TEST_F(TakeoverTest, TwoWorkersShareAndFetchNothingTwice) {
  bytes_.resize(300'000);
  const auto& origin =
      serve([this](const auto& request, auto& peer) { send_file(request, peer, bytes_, "\"1\""); });
  std::vector<Upload> uploads;
  for (int i = 0; i < 12; ++i) uploads.push_back(import_from(origin.url("/" + std::to_string(i))));
  {
    std::jthread one([&] {
      while (step("w1")) {
      }
    }),
        two([&] {
          while (step("w2")) {
          }
        });
  }
  for (const auto& upload : uploads) {
    EXPECT_EQ(now(upload).state, State::kVerifying);
    EXPECT_TRUE(parts(upload) == bytes_);
  }
  EXPECT_EQ(origin.requests().size(), uploads.size());
}

TEST_F(TakeoverTest, OneThatIsGivenUpStopsAndLeavesNothing) {
  rules_.limits.stall = 60s;
  const auto& origin = hesitating(10 << 20);
  const auto upload = import_from(origin.url());
  std::jthread worker([&] { step(); });
  ASSERT_TRUE(committed(upload, 8 << 20));
  ASSERT_TRUE(with([&](Uploads& u) { return u.terminate_upload(me_, upload.id); }));
  worker.join();  // while the server still says nothing
  EXPECT_FALSE(gone_);
  EXPECT_EQ(now(upload).state, State::kTerminated);
  EXPECT_EQ(job(upload).url, "");
  verified(upload);
  EXPECT_EQ(objects(), 0u);
  EXPECT_EQ(number("SELECT count(*) FROM part"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state <> 'done' AND kind <> 'head'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 0);
  released_ = true;
}

TEST_F(TakeoverTest, OneWhoseEpisodeIsDeletedStopsAndLeavesNothing) {
  rules_.limits.stall = 60s;
  const auto& origin = hesitating(10 << 20);
  const auto upload = import_from(origin.url());
  std::jthread worker([&] { step(); });
  ASSERT_TRUE(committed(upload, 8 << 20));
  ASSERT_TRUE(with([&](Uploads& u) { return u.episode_deleted(me_.tenant, episode_); }));
  worker.join();
  EXPECT_EQ(now(upload).failure_reason, "EPISODE_DELETED");
  verified(upload);
  EXPECT_EQ(objects(), 0u);
  released_ = true;
}

TEST_F(TakeoverTest, APartThatWasWrittenAfterTheEndIsRemoved) {
  const auto upload = import_from("http://127.0.0.1/");
  ASSERT_TRUE(with([&](Uploads& u) { return u.terminate_upload(me_, upload.id); }));
  verified(upload);
  ASSERT_TRUE(
      blobs_->put(part_prefix(upload) + "late", "written by one who died after the parts were removed"));
  EXPECT_TRUE(step());
  EXPECT_EQ(objects(), 0u);
}

TEST_F(TakeoverTest, AnObjectStoreThatIsAwayCostsNothing) {
  bytes_.resize(300'000);
  const auto& origin =
      serve([this](const auto& request, auto& peer) { send_file(request, peer, bytes_, "\"1\""); });
  const auto upload = import_from(origin.url());
  std::filesystem::rename(dir_.path() + "/blobs/.tmp", dir_.path() + "/away");
  for (int i = 0; i < 25; ++i) {  // more often than it has attempts
    EXPECT_FALSE(importer().step({}));
    hurry();
  }
  std::filesystem::rename(dir_.path() + "/away", dir_.path() + "/blobs/.tmp");
  EXPECT_EQ(job(upload).failures, 0);
  EXPECT_EQ(fetched(upload).state, State::kVerifying);
  EXPECT_TRUE(parts(upload) == bytes_);
}

// The house was told of the beginning of a file that then turned out to be another one.
TEST_F(TakeoverTest, ABeginningThatWasToldStaysWhatWasTold) {
  const std::string clip = make_clip(dir_.path() + "/a.mp4",
                                     "-f lavfi -i testsrc2=s=180x320:r=25 -f lavfi -i sine -c:v libx264 "
                                     "-preset ultrafast -c:a aac -shortest -s "
                                     "360x640 -crf 12 -g 25 -t 8 -movflags +faststart ");
  ASSERT_GT(clip.size(), 800'000u);
  std::string other = clip;
  other[12] = 7;  // the minor version, which no reader minds
  head_bytes_ = policy_.head_bytes = static_cast<std::int64_t>(clip.size()) / 10 * 4;
  verifier_ = std::make_unique<Verifier>(
      Verifier::Deps{*pool_, *blobs_, outbox_, media_, clock_, random_, log_, "w1", head_bytes_});
  const auto& origin = serve([&](const auto& request, auto& peer) {
    asked_++ == 0 ? send_file(request, peer, clip, "\"1\"", clip.size() / 2)
                  : send_file(request, peer, other, "\"2\"");
  });
  auto upload = import_from(origin.url());
  ASSERT_TRUE(step());
  ASSERT_TRUE(*verifier_->step({}, Verifier::heads()));
  ASSERT_EQ(told<v1::SourceHeadArrived>().size(), 1u);
  hurry();
  upload = verified(fetched(upload));
  while (*verifier_->step({}, Verifier::heads())) {
  }
  ASSERT_EQ(upload.state, State::kReady) << upload.failure_message;
  EXPECT_EQ(told<v1::SourceHeadArrived>().size(), 1u);
  EXPECT_EQ(told<v1::SourceVerified>().at(0).head_bytes(), told<v1::SourceHeadArrived>().at(0).head_bytes());
  EXPECT_NE(told<v1::SourceVerified>().at(0).head_sha256(),
            told<v1::SourceHeadArrived>().at(0).head_sha256());
}

TEST_F(TakeoverTest, ItsCreatorAddsNothingToIt) {
  const auto upload = import_from("http://127.0.0.1/");
  EXPECT_EQ(with([&](Uploads& u) { return u.begin(me_, upload.id, 0); }).error().reason,
            "UPLOAD_IS_IMPORTED");
}

TEST_F(TakeoverTest, ACreatorHasSoManyAtOnce) {
  imports_.most_of_one = 2;
  std::atomic<int> made = 0;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 8; ++i) {
      all.emplace_back([&] {
        const auto done = try_import("http://127.0.0.1/", {episode_, 0, "a", "", ""});
        if (done)
          ++made;
        else
          EXPECT_EQ(done.error().reason, "TOO_MANY_IMPORTS") << done.error().message;
      });
    }
  }
  EXPECT_EQ(made, 2);
  Caller other = me_;
  other.user = UserId(Uuid::from_name("other"));
  EXPECT_TRUE(with_imports(
      [&](Imports& i) { return i.create(other, {episode_, 0, "a", "", ""}, "http://127.0.0.1/", ""); }));
  NewUpload partial{{}, 0, "a", "", ""};
  partial.purpose = Purpose::kPartial;
  EXPECT_EQ(try_import("http://127.0.0.1/", partial).error().reason, "NOT_IMPORTABLE");
  imports_.most_of_one = 0;
  EXPECT_EQ(try_import("http://127.0.0.1/", {episode_, 0, "a", "", ""}).error().reason, "IMPORTS_OFF");
}

}  // namespace
}  // namespace cliffhanger::ingest
