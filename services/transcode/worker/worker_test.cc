#include "services/transcode/worker/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "services/transcode/domain/quality.h"
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

class WorkerTest : public World {
 protected:
  std::string clip(double seconds, const std::string& size = "360x640") {
    std::string path = dir_.path() + "/clip-" + std::to_string(++clips_) + ".mp4";
    make_clip(path, seconds, size);
    return path;
  }
  // What ffprobe counts in a track's initialisation segment and all its segments.
  std::int64_t count_frames(const Index& index, const std::string& track, const std::string& what) {
    const std::string path = dir_.path() + "/joined.mp4";
    std::ofstream out(path, std::ios::binary);
    out << object(index, track + "/init.mp4");
    for (int i = 0; index.objects.contains(track + "/" + std::to_string(i) + ".m4s"); ++i) {
      out << object(index, track + "/" + std::to_string(i) + ".m4s");
    }
    out.close();
    const std::string command = "ffprobe -v error -count_frames -select_streams " + what +
                                ":0 -show_entries stream=nb_read_frames -of default=nk=1:nw=1 " + path;
    std::int64_t count = -1;
    FILE* pipe = ::popen(command.c_str(), "r");
    char text[64] = {};
    if (pipe != nullptr && ::fgets(text, sizeof text, pipe) != nullptr) count = std::atoll(text);
    if (pipe != nullptr) ::pclose(pipe);
    return count;
  }
  int clips_ = 0;
};

TEST_F(WorkerTest, ASourceForTheCellularRungAloneHasNothingToAnalyse) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = start(clip(9, "180x320"), episode);
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  run_all(*worker);
  EXPECT_EQ(get(id).state, State::kReady);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE attempts > 1"), 0) << "nothing had to be tried again";

  // What was to take back the playlists of a failure comes after a replay made it ready: too late.
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.add_task(get(id), withdraw_run()); }));
  run_all(*worker);
  EXPECT_EQ(index(id).value_or(Index()).state, "ready");
}

TEST_F(WorkerTest, AWholeRevisionEndsReady) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId id = start(clip(9.5), episode);
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  run_all(*worker);

  const Revision revision = get(id);
  ASSERT_EQ(revision.state, State::kReady) << revision.failure_reason << " " << revision.failure_message;
  EXPECT_EQ(revision.segments_done, revision.segments_total);
  EXPECT_EQ(told(), (std::vector<std::string>{"RevisionStarted", "RevisionProgressed", "RevisionReady"}));
  const auto served = index(id);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->state, "ready");
  for (const auto& [name, entry] : served->objects) EXPECT_FALSE(object(*served, name).empty()) << name;
  for (const char* rung : {"v360", "v180"})
    EXPECT_EQ(count_frames(*served, rung, "v"), revision.plan->frames) << rung;
  EXPECT_NEAR(static_cast<double>(count_frames(*served, "audio", "a")), 9.5 * 48000 / 1024, 2);
  for (const char* name : {"main.mpd", "storyboard.vtt", "storyboard/0.jpg", "preview.m3u8"})
    EXPECT_TRUE(served->objects.contains(name)) << name;
  EXPECT_TRUE(object(*served, "storyboard/0.jpg").starts_with("\xff\xd8"));
  // Every name that a playlist mentions is served.
  for (const auto& [name, entry] : served->objects) {
    if (!name.ends_with(".m3u8")) continue;
    const std::string folder = name.substr(0, name.rfind('/') + 1 ? name.rfind('/') + 1 : 0);
    std::istringstream lines(object(*served, name));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line[0] != '#')
        EXPECT_TRUE(served->objects.contains(folder + line)) << name << ": " << line;
    }
  }
  EXPECT_TRUE(
      std::filesystem::is_empty(std::filesystem::directory_iterator(dir_.path() + "/scratch")->path()));
}

TEST_F(WorkerTest, TheHeadPlaysBeforeTheTailIsMade) {
  const RevisionId id = start(clip(9.5), EpisodeId::make(clock_.now(), random_));
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  ASSERT_TRUE(*worker->step());
  EXPECT_FALSE(index(id));
  ASSERT_TRUE(*worker->step());
  const auto served = index(id);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->state, "provisional");
  EXPECT_EQ(get(id).state, State::kProvisional);
  const std::string media = object(*served, "v360/provisional.m3u8");
  EXPECT_NE(media.find("0.m4s"), std::string::npos);
  EXPECT_EQ(media.find("1.m4s"), std::string::npos);
  EXPECT_FALSE(served->objects.contains("main.m3u8"));
  EXPECT_EQ(count_frames(*served, "v360", "v"), 60);

  ASSERT_TRUE(*worker->step());
  const auto head = index(id);
  EXPECT_TRUE(object(*head, "v360/provisional.m3u8").starts_with(media)) << "it grows";
  EXPECT_EQ(object(*head, "v360/provisional.m3u8").find("2.m4s"), std::string::npos);
  EXPECT_EQ(count_frames(*head, "v360", "v"), 120);
}

TEST_F(WorkerTest, AWorkerForHeadsLeavesTheRestToOthers) {
  const RevisionId id = start(clip(9.5), EpisodeId::make(clock_.now(), random_));
  Ledger ledger = World::ledger();
  Worker heads({"heads", 100ms, 0ms, kMostUrgentPriority},
               {ledger, *blobs_, runner_, *scratch_, urgent_, metrics_, log_});
  run_all(heads);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'done'"), 3) << "two segments, and their sound";
  EXPECT_EQ(count_frames(*index(id), "v360", "v"), 120);
  EXPECT_GT(number("SELECT count(*) FROM work WHERE state = 'ready'"), 0);
  run_all(*World::worker(ledger));
  EXPECT_EQ(get(id).state, State::kReady);
}

TEST_F(WorkerTest, TheSameSourceAgainIsNotEncodedAgain) {
  const std::string path = clip(5);
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId first = start(path, EpisodeId::make(clock_.now(), random_));
  run_all(*worker);
  const std::int64_t made = pieces();
  const RevisionId second = start(path, EpisodeId::make(clock_.now(), random_));
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'ready'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'ready' AND kind = 'package'"), 1);
  run_all(*worker);
  EXPECT_EQ(get(second).state, State::kReady);
  EXPECT_EQ(pieces(), made);
  EXPECT_EQ(index(first)->objects.at("v360/0.m4s"), index(second)->objects.at("v360/0.m4s"));
}

TEST_F(WorkerTest, TheSameEventTwiceIsOneRevision) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const auto event = verified(clip(1), episode);
  ASSERT_TRUE(accept(event));
  ASSERT_TRUE(accept(event));
  EXPECT_EQ(number("SELECT count(*) FROM revision"), 1);
  EXPECT_EQ(told(), std::vector<std::string>{"RevisionStarted"});
}

TEST_F(WorkerTest, AKilledChildResumesAtTheSegmentAfter) {
  const RevisionId id = start(clip(16, "540x960"), EpisodeId::make(clock_.now(), random_));
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(*worker->step());  // all but the tail
  const std::int64_t before = pieces();
  std::thread killer([&] {
    while (pieces() < before + 4) std::this_thread::sleep_for(5ms);
    for (const pid_t pid : children()) kill(pid, SIGKILL);
  });
  ASSERT_TRUE(*worker->step());
  killer.join();
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE reason = 'MEDIA_CRASHED'"), 1);
  const std::int64_t kept = pieces();
  EXPECT_GE(kept, before + 4);
  const auto old =
      pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT max(created_at) FROM piece"); })
          ->operator[](0)
          .text(0);
  for (int i = 0; i < 200 && get(id).state != State::kReady; ++i) {
    ASSERT_TRUE(worker->step());
    std::this_thread::sleep_for(50ms);
  }
  const Revision revision = get(id);
  EXPECT_EQ(revision.state, State::kReady) << revision.failure_reason;
  EXPECT_EQ(number("SELECT count(*) FROM piece WHERE created_at <= '" + old + "'"), kept);
  const auto served = index(id);
  for (const auto& rung : revision.plan->rungs)
    EXPECT_EQ(count_frames(*served, rung.name, "v"), 480) << rung.name;
}

// The tail has the factors that were chosen, and the head those of the profile; whoever analyses, and however
// often.
TEST_F(WorkerTest, TheTailIsEncodedAsTheAnalysisSays) {
  const std::string path = clip(9, "540x960");
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId id = start(path, EpisodeId::make(clock_.now(), random_));
  const std::vector<int> before = with_tail_like_head(*get(id).plan).tail_crfs;
  EXPECT_TRUE(get(id).plan->tail_crfs.empty());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(*worker->step());  // head, sound, other heads
  EXPECT_EQ(number("SELECT count(*) FROM revision_piece WHERE ordinal >= 2 AND track LIKE 'v%'"), 0);
  std::thread killer([&] {
    while (children().empty()) std::this_thread::sleep_for(1ms);
    for (const pid_t pid : children()) kill(pid, SIGKILL);
  });
  ASSERT_TRUE(*worker->step());
  killer.join();
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE kind = 'analyse' AND reason = 'MEDIA_CRASHED'"), 1);
  for (int i = 0; i < 200 && get(id).state != State::kReady; ++i) {
    ASSERT_TRUE(worker->step());
    std::this_thread::sleep_for(50ms);
  }
  const Revision revision = get(id);
  ASSERT_EQ(revision.state, State::kReady) << revision.failure_reason;
  ASSERT_EQ(revision.plan->tail_crfs.size(), before.size());
  EXPECT_NE(revision.plan->tail_crfs, before);

  // As the domain says of what the media program finds.
  const auto source = blobs_->open(revision.source.object_key);
  const Plan unchosen = with_tail(*revision.plan, {});
  const auto found = runner_.analyse(source->fd(), analyse_job(unchosen), {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(choose_crfs(unchosen, *found), revision.plan->tail_crfs);

  // The bytes: the tail is what `encode` makes at those factors, and decodes with the head's initialisation
  // segment.
  const harness::TempDir folder;
  const int fd = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  media::EncodeJob job{
      revision.plan->rate, revision.plan->frames, {rung_at(*revision.plan, "v540", 2)}, 2, 1};
  std::map<std::string, std::string> sums;
  ASSERT_TRUE(runner_.encode(source->fd(), fd, job, {}, [&](const media::Event& event) -> Result<void> {
    if (const auto* init = std::get_if<media::InitEvent>(&event)) sums["init"] = init->sha256;
    if (const auto* segment = std::get_if<media::SegmentEvent>(&event)) sums["segment"] = segment->sha256;
    return {};
  }));
  ::close(fd);
  const auto assembly = transact([&](PgRevisions& revisions) { return revisions.pieces(id); });
  EXPECT_EQ(assembly->find("v540", 2)->sha256, sums["segment"]);
  EXPECT_EQ(assembly->find("v540", kInit)->sha256, sums["init"]);
  const auto served = index(id);
  for (const auto& rung : revision.plan->rungs)
    EXPECT_EQ(count_frames(*served, rung.name, "v"), revision.plan->frames) << rung.name;
}

// A title that can't be analysed is encoded as the profile says.
TEST_F(WorkerTest, AnAnalysisThatKeepsFailingHoldsNothingUp) {
  const RevisionId id = start(clip(9), EpisodeId::make(clock_.now(), random_));
  ASSERT_TRUE(pool_->transact([](sql::Tx& tx) {
    return tx.run_text("UPDATE work SET attempts = 3 WHERE kind = 'analyse' RETURNING 1");
  }));
  Ledger ledger = World::ledger();
  run_all(*World::worker(ledger));
  const Revision revision = get(id);
  EXPECT_EQ(revision.state, State::kReady) << revision.failure_reason;
  EXPECT_EQ(revision.plan->tail_crfs, with_tail_like_head(*revision.plan).tail_crfs);
}

TEST_F(WorkerTest, AWorkerThatDiedIsFencedAndReplaced) {
  const RevisionId id = start(clip(5), EpisodeId::make(clock_.now(), random_));
  Ledger dying = World::ledger(50ms);
  const auto held = dying.lease("dead");
  ASSERT_TRUE(held && *held);
  std::this_thread::sleep_for(80ms);
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  run_all(*worker);
  EXPECT_EQ(get(id).state, State::kReady);
  Piece late;
  late.name = {"v360", 0};
  EXPECT_EQ(dying.commit(**held, late).error().reason, "LEASE_LOST");
  EXPECT_EQ(dying.complete(**held).error().reason, "LEASE_LOST");
  EXPECT_EQ(dying.failed(**held, internal("X", "x"), true).error().reason, "LEASE_LOST");
  EXPECT_EQ(get(id).state, State::kReady);
}

TEST_F(WorkerTest, ANewerSourceStopsTheOlderOne) {
  const EpisodeId episode = EpisodeId::make(clock_.now(), random_);
  const RevisionId older = start(clip(30, "540x960"), episode);
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(*worker->step());
  std::thread working([&] { ASSERT_TRUE(worker->step()); });
  while (children().empty()) std::this_thread::sleep_for(5ms);
  const RevisionId newer = start(clip(3), episode);
  working.join();
  EXPECT_TRUE(children().empty());
  EXPECT_EQ(get(older).state, State::kCancelled);
  run_all(*worker);
  EXPECT_EQ(get(newer).state, State::kReady);
  EXPECT_EQ(get(older).state, State::kCancelled);
}

TEST_F(WorkerTest, AStoppedWorkerGivesItsTaskBack) {
  const RevisionId id = start(clip(30, "540x960"), EpisodeId::make(clock_.now(), random_));
  Ledger ledger = World::ledger();
  const auto stopped = World::worker(ledger, "stopped");
  std::thread working([&] { ASSERT_TRUE(stopped->step()); });
  while (children().empty()) std::this_thread::sleep_for(5ms);
  stopped->stop();
  working.join();
  EXPECT_FALSE(*stopped->step());
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'leased'"), 0);
  EXPECT_EQ(number("SELECT max(attempts) FROM work"), 0);
  const auto next = World::worker(ledger, "next");
  ASSERT_TRUE(*next->step());
  EXPECT_EQ(get(id).state, State::kProcessing);
}

TEST_F(WorkerTest, ADamagedSourceFailsWithItsReasonAndCanBeReplayed) {
  const std::string path = clip(9.5);
  const auto event = verified(path, EpisodeId::make(clock_.now(), random_));
  ASSERT_TRUE(accept(event));
  ASSERT_TRUE(blobs_->put(event.object_key(), "this is no video any more"));
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  run_all(*worker);
  const RevisionId id = newest(*EpisodeId::parse(event.episode_id())).id;
  const Revision failed = get(id);
  EXPECT_EQ(failed.state, State::kFailed);
  EXPECT_TRUE(failed.failure_reason.starts_with("MEDIA_")) << failed.failure_reason;
  EXPECT_EQ(told().back(), "RevisionFailed");

  const auto dead = transact([](PgRevisions& revisions) { return revisions.dead_letters(std::nullopt, 10); });
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().revision, id);
  ASSERT_TRUE(blobs_->put_file(event.object_key(), path));
  ASSERT_TRUE(transact([&](PgRevisions& revisions) { return revisions.replay(dead->front().task); }));
  EXPECT_EQ(get(id).state, State::kProcessing);
  run_all(*worker);
  EXPECT_EQ(get(id).state, State::kReady);
}

TEST_F(WorkerTest, WhatTheMachineLacksIsWaitedOut) {
  for (const char* reason : {"MEDIA_OUTPUT", "MEDIA_SANDBOX", "MEDIA_SPAWN", "SCRATCH_FAILED",
                             "DATABASE_DOWN", "OBJECT_STORE_FULL"})
    EXPECT_TRUE(is_environment(internal(reason, ""))) << reason;
  for (const char* reason : {"MEDIA_CRASHED", "MEDIA_MEMORY", "MEDIA_TIMEOUT", "GATE_FRAMES"})
    EXPECT_FALSE(is_environment(internal(reason, ""))) << reason;
}

TEST_F(WorkerTest, AnObjectThatIsGoneIsMadeAgain) {
  const std::string path = clip(5);
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const RevisionId first = start(path, EpisodeId::make(clock_.now(), random_));
  run_all(*worker);
  const auto [key, bytes] = index(first)->objects.at("v180/1.m4s");
  ASSERT_TRUE(blobs_->remove(key));
  const RevisionId second = start(path, EpisodeId::make(clock_.now(), random_));
  run_all(*worker);
  EXPECT_EQ(get(second).state, State::kReady);
  EXPECT_EQ(index(second)->objects.at("v180/1.m4s"), (std::pair{key, bytes}));
  EXPECT_EQ(blobs_->head(key)->bytes, bytes);
}

}  // namespace
}  // namespace cliffhanger::transcode
