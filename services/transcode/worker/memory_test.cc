// A worker whose child really has too little memory for its film.
#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

// Enough for a small film. One of 4K takes three times as much.
constexpr std::int64_t kTightMib = 160;

class MemoryTest : public World {
 protected:
  std::int64_t tasks(const std::string& where) { return number("SELECT count(*) FROM work WHERE " + where); }
  bool scratch_is_empty() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path() + "/scratch"))
      if (entry.is_regular_file()) return false;
    return true;
  }
  const media::Runner tight_{{media_program(), 60s, kTightMib}};
};

TEST_F(MemoryTest, IsTriedAgainThenFailsWithItsReasonAndTheNextFilmIsMade) {
  const std::string large = dir_.path() + "/large.mp4", small = dir_.path() + "/small.mp4";
  make_clip(large, 1, "2160x3840");
  make_clip(small, 3, "180x320");
  const RevisionId id = start(large, EpisodeId::make(clock_.now(), random_));
  Ledger ledger = World::ledger();
  Worker worker({"w", 100ms, 0ms}, {ledger, *blobs_, tight_, *scratch_, urgent_, metrics_, log_});
  for (int i = 0; i < 100 && get(id).state != State::kFailed; ++i) {
    const auto did = worker.step();
    ASSERT_TRUE(did) << did.error().reason;
    ASSERT_TRUE(children().empty()) << "it is reaped";
    ASSERT_TRUE(scratch_is_empty());
    ASSERT_EQ(tasks("reason IS NOT NULL AND reason NOT IN ('', 'MEDIA_MEMORY')"), 0)
        << "never by another name";
    if (*did) continue;
    // Nothing may be done now: what failed waits.
    ASSERT_GT(tasks("state = 'ready' AND reason = 'MEDIA_MEMORY'"), 0);
    number(
        "WITH soon AS (UPDATE work SET run_after = now() WHERE state = 'ready' RETURNING 1) SELECT count(*) "
        "FROM soon");
  }
  const Revision failed = get(id);
  EXPECT_EQ(failed.state, State::kFailed);
  EXPECT_EQ(failed.failure_reason, "MEDIA_MEMORY");
  EXPECT_FALSE(failed.failure_message.empty());
  // Tried again as often as any other failure that is not the source's.
  EXPECT_GT(tasks("attempts = 5 AND reason = 'MEDIA_MEMORY' AND message LIKE '%memory%'"), 0);
  EXPECT_EQ(told().back(), "RevisionFailed");
  EXPECT_EQ(
      number(
          "SELECT count(*) FROM revision_piece r JOIN piece p USING (tenant, piece_key) WHERE r.track = '" +
          failed.plan->default_rung + "' AND r.ordinal >= 0"),
      0);
  run_all(worker);
  EXPECT_FALSE(index(id)) << "nobody waits for it";

  const RevisionId next = start(small, EpisodeId::make(clock_.now(), random_));
  run_all(worker);
  EXPECT_EQ(get(next).state, State::kReady) << get(next).failure_reason;
  EXPECT_TRUE(children().empty() && scratch_is_empty());
}

}  // namespace
}  // namespace cliffhanger::transcode
