#include "services/recommendation/domain/watching.h"

#include <gtest/gtest.h>

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

const Time kNow = from_micros(1'795'000'000'000'000);
const EpisodeId kOne = *EpisodeId::parse("0198a0b0-0001-7000-8000-000000000000");

struct Seen {
  Watched watched;
  Viewing viewing;
  double hear(Watch what, Time now = kNow) { return take(watched, viewing, kOne, what, now, Policy()); }
};

TEST(WatchingTest, EachKindCountsOnce) {
  Seen seen;
  EXPECT_GT(seen.hear(Watch::kStarted), 0);
  EXPECT_EQ(seen.hear(Watch::kStarted), 0);
  EXPECT_EQ(seen.hear(Watch::kProgress), 0);
  EXPECT_LT(seen.hear(Watch::kSkipped), 0);
  EXPECT_EQ(seen.hear(Watch::kSkipped), 0);
  EXPECT_GT(seen.hear(Watch::kCompleted), 0);
  EXPECT_EQ(seen.hear(Watch::kCompleted), 0);
}

TEST(WatchingTest, OrderDoesNotMatterToPopularity) {
  Seen early, late;
  const double first = early.hear(Watch::kStarted) + early.hear(Watch::kCompleted);
  const double second = late.hear(Watch::kCompleted) + late.hear(Watch::kStarted);
  EXPECT_EQ(first, second);
}

TEST(WatchingTest, SkippingAddsUpAndCompletingForgives) {
  Seen seen;
  seen.hear(Watch::kSkipped);
  seen.hear(Watch::kSkipped);
  EXPECT_EQ(seen.viewing.skips.score, 2);
  seen.hear(Watch::kCompleted);
  EXPECT_EQ(seen.viewing.skips.score, 0);
  EXPECT_EQ(seen.viewing.last_completed, kOne);
  seen.hear(Watch::kSkipped);  // swiped on after the end
  EXPECT_EQ(seen.viewing.skips.score, 0);
}

TEST(WatchingTest, FrequentReportsChangeNothing) {
  Seen seen;
  seen.hear(Watch::kStarted);
  const Viewing before = seen.viewing;
  seen.hear(Watch::kProgress, kNow + 10s);
  EXPECT_EQ(seen.viewing, before);
  seen.hear(Watch::kProgress, kNow + 2min);
  EXPECT_EQ(seen.viewing.seen, kNow + 2min);
  seen.hear(Watch::kStarted, kNow);  // late
  EXPECT_EQ(seen.viewing.seen, kNow + 2min);
}

}  // namespace
}  // namespace cliffhanger::recommendation
