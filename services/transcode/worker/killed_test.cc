// A worker's child that is killed again and again, behind each segment that it has made.
#include <atomic>
#include <csignal>
#include <thread>

#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

class KilledTest : public World {
 protected:
  using Hashes = std::map<std::pair<std::string, std::int64_t>, std::string>;

  Hashes hashes_of(RevisionId id) {
    Hashes out;
    const auto pieces = transact([&](PgRevisions& revisions) { return revisions.pieces(id); });
    for (const Piece& one : pieces->in_order()) out[{one.name.track, one.name.index}] = one.sha256;
    return out;
  }
  // When each segment of the pictures that is there was made, by its key.
  std::map<std::string, std::string> made(const std::string& tenant) {
    std::map<std::string, std::string> out;
    const auto rows = pool_->transact([&](sql::Tx& tx) {
      return tx.run_text(
          "SELECT DISTINCT p.piece_key, p.created_at FROM piece p JOIN revision_piece r USING (tenant, "
          "piece_key) WHERE p.tenant = '" +
          tenant + "' AND r.track LIKE 'v%' AND r.ordinal >= 0");
    });
    for (std::size_t i = 0; i < rows->size(); ++i) out[(*rows)[i].text(0)] = (*rows)[i].text(1);
    return out;
  }
};

TEST_F(KilledTest, BehindEachSegmentInTurnAndOnlyTheNextIsMadeAgain) {
  const std::string clip = dir_.path() + "/clip.mp4";
  make_clip(clip, 10, "540x960");
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  call_ = call_of("calm");
  const RevisionId calm = start(clip, EpisodeId::make(clock_.now(), random_));
  run_all(*worker);
  ASSERT_EQ(get(calm).state, State::kReady);
  const Hashes whole = hashes_of(calm);

  call_ = call_of("rough");
  const RevisionId id = start(clip, EpisodeId::make(clock_.now(), random_));
  std::atomic<bool> over{false};
  int kills = 0;
  std::map<std::string, std::string> seen;
  std::thread killer([&] {
    while (!over) {
      std::this_thread::sleep_for(5ms);
      auto now = made("rough");
      if (now.size() <= seen.size()) continue;
      bool killed = false;
      for (const pid_t pid : children()) killed = kill(pid, SIGKILL) == 0 || killed;
      kills += killed;
      seen.insert(now.begin(), now.end());
    }
  });
  for (int i = 0; i < 2000 && get(id).state != State::kReady; ++i) {
    const auto did = worker->step();
    EXPECT_TRUE(did);
    if (did && !*did) std::this_thread::sleep_for(20ms);
  }
  over = true;
  killer.join();
  const Revision revision = get(id);
  ASSERT_EQ(revision.state, State::kReady) << revision.failure_reason;
  EXPECT_GE(kills, 3) << "of " << seen.size() << " segments";
  const auto last = made("rough");
  for (const auto& [key, when] : seen) EXPECT_EQ(last.at(key), when) << "what was there was made again";
  EXPECT_EQ(hashes_of(id), whole);
}

}  // namespace
}  // namespace cliffhanger::transcode
