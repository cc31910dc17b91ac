#include "services/playback/domain/progress.h"

#include <gtest/gtest.h>

#include "libs/testing/manual_clock.h"

namespace cliffhanger::playback {
namespace {

using namespace std::chrono_literals;

const Time kNow = harness::ManualClock().now();

Session session_of(std::int64_t duration_ms) {
  Session session;
  session.what.duration_ms = duration_ms;
  session.created = session.reported = kNow;
  return session;
}

TEST(MayWatch, LockedIsForTheOwner) {
  Watchable what;
  EXPECT_TRUE(check_may_watch(what));
  what.locked = true;
  EXPECT_EQ(check_may_watch(what).error().reason, "EPISODE_LOCKED");
  what.owner = true;
  EXPECT_TRUE(check_may_watch(what));
}

TEST(Resume, StartsAgainAfterTheEnd) {
  const auto at = [](std::int64_t position, bool completed, std::int64_t duration) {
    Progress progress;
    progress.position_ms = position;
    progress.completed = completed;
    return resume_position(progress, duration);
  };
  EXPECT_EQ(resume_position(std::nullopt, 60'000), 0);
  EXPECT_EQ(at(30'000, false, 60'000), 30'000);
  EXPECT_EQ(at(30'000, true, 60'000), 0);
  EXPECT_EQ(at(56'999, false, 60'000), 56'999);
  EXPECT_EQ(at(57'000, false, 60'000), 0);
  EXPECT_EQ(at(61'000, false, 60'000), 0) << "a replaced source may be shorter";
  EXPECT_EQ(at(30'000, false, 0), 30'000) << "the duration is not known yet";
  EXPECT_EQ(at(1'900, false, 4'000), 1'900) << "of a short one half counts";
  EXPECT_EQ(at(2'000, false, 4'000), 0);
}

TEST(Clamped, NonsenseBecomesTheNearestSense) {
  const auto session = session_of(60'000);
  const Time later = kNow + 10s;
  const auto report = [&](WatchEvent event, std::int64_t position, std::int64_t watched) {
    return clamped({1, event, position, watched}, session, later);
  };
  EXPECT_EQ(report(WatchEvent::kProgress, 10'000, 10'000).position_ms, 10'000);
  EXPECT_EQ(report(WatchEvent::kProgress, 10'000, 10'000).watched_ms, 10'000);
  EXPECT_EQ(report(WatchEvent::kProgress, 70'000, 0).position_ms, 60'000);
  EXPECT_EQ(report(WatchEvent::kProgress, -5, -5).position_ms, 0);
  EXPECT_EQ(report(WatchEvent::kProgress, -5, -5).watched_ms, 0);
  EXPECT_EQ(report(WatchEvent::kComplete, 100, 0).position_ms, 60'000);
  EXPECT_EQ(report(WatchEvent::kProgress, 0, 86'400'000).watched_ms, 50'000)
      << "four times the ten seconds, and ten more";
  EXPECT_EQ(clamped({1, WatchEvent::kProgress, 0, 86'400'000}, session, kNow - 1h).watched_ms, 10'000)
      << "a clock that went back";
  EXPECT_EQ(clamped({1, WatchEvent::kProgress, 70'000, 0}, session_of(0), later).position_ms, 70'000);
}

TEST(Completes, AtTheEndAndUntilBegunAgain) {
  const auto session = session_of(60'000);
  const auto done = [&](WatchEvent event, std::int64_t position, bool before) {
    return completes({1, event, position, 0}, session, before);
  };
  EXPECT_FALSE(done(WatchEvent::kProgress, 56'999, false));
  EXPECT_TRUE(done(WatchEvent::kProgress, 57'000, false));
  EXPECT_TRUE(done(WatchEvent::kSkip, 58'000, false));
  EXPECT_TRUE(done(WatchEvent::kComplete, 60'000, false));
  EXPECT_FALSE(done(WatchEvent::kSkip, 100, false));
  EXPECT_TRUE(done(WatchEvent::kProgress, 100, true)) << "it loops";
  EXPECT_FALSE(done(WatchEvent::kProgress, 3'000, true)) << "it is watched again";
}

TEST(HasBegun, SwipingPastIsNotWatching) {
  EXPECT_FALSE(has_begun({1, WatchEvent::kSkip, 2'999, 0}, session_of(60'000)));
  EXPECT_TRUE(has_begun({1, WatchEvent::kProgress, 3'000, 0}, session_of(60'000)));
  EXPECT_TRUE(has_begun({1, WatchEvent::kComplete, 0, 0}, session_of(0)));
  EXPECT_TRUE(has_begun({1, WatchEvent::kProgress, 1'500, 0}, session_of(2'000)));
}

}  // namespace
}  // namespace cliffhanger::playback
