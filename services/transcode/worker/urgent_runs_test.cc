#include "services/transcode/worker/urgent_runs.h"

#include <limits>

#include "services/transcode/worker/test_world.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kAny = std::numeric_limits<int>::max();
const UrgentRuns::Time kNow{1h};

TEST(UrgentRunsTest, HoldTheOthersBackOnceAllProcessorsAreTheirs) {
  UrgentRuns runs(4, 5s);
  EXPECT_EQ(runs.most_priority(kNow), kAny);
  const auto sound = runs.begin(0, kNow), first = runs.begin(2, kNow);
  EXPECT_EQ(runs.most_priority(kNow), kAny) << "two processors are free";
  {
    const auto second = runs.begin(2, kNow);
    EXPECT_EQ(runs.most_priority(kNow), kFirstSegmentPriority);
  }
  EXPECT_EQ(runs.most_priority(kNow), kAny);
}

TEST(UrgentRunsTest, HoldNobodyBackThatIsNotThere) {
  UrgentRuns unknown(0, 5s);  // as many processors as nobody could tell
  EXPECT_EQ(unknown.most_priority(kNow), kAny);
  const auto sound = unknown.begin(0, kNow);
  EXPECT_EQ(unknown.most_priority(kNow), kAny);
}

// Where there is always another one, the others would never have their turn.
TEST(UrgentRunsTest, HoldTheOthersBackForAWhileAtMost) {
  UrgentRuns runs(2, 5s);
  {
    const auto first = runs.begin(2, kNow), second = runs.begin(2, kNow + 3s);
    EXPECT_EQ(runs.most_priority(kNow + 4s), kFirstSegmentPriority);
    EXPECT_EQ(runs.most_priority(kNow + 5s), kAny);
  }
  const auto next = runs.begin(2, kNow + 9s);
  EXPECT_EQ(runs.most_priority(kNow + 9s), kFirstSegmentPriority);
}

class HeldBackTest : public World {};

TEST_F(HeldBackTest, WorkersTakeNothingElseMeanwhile) {
  const std::string clip = dir_.path() + "/clip.mp4";
  make_clip(clip, 9);
  start(clip, EpisodeId::make(clock_.now(), random_));
  Ledger ledger = World::ledger();
  const auto worker = World::worker(ledger);
  const auto done = [&] { return number("SELECT count(*) FROM work WHERE state = 'done'"); };
  {
    const auto another = urgent_.begin(2);
    const std::int64_t urgent = number("SELECT count(*) FROM work WHERE priority <= 10");
    ASSERT_EQ(urgent, 2) << "the first segment and its sound";
    run_all(*worker);
    EXPECT_EQ(done(), urgent) << "and the worker itself was never in its own way";
    EXPECT_GT(number("SELECT count(*) FROM work WHERE state = 'ready'"), 0);
  }
  run_all(*worker);
  EXPECT_GT(done(), 2);
  EXPECT_EQ(number("SELECT count(*) FROM work WHERE state = 'ready'"), 0);
}

}  // namespace
}  // namespace cliffhanger::transcode
