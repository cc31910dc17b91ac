#pragma once
// Every bound of playback, with its unit in its name or comment.
#include <chrono>
#include <cstdint>

namespace cliffhanger::playback {

inline constexpr auto kSessionLife = std::chrono::hours(6);       // of the playlist URL; nothing renews it
inline constexpr auto kSessionKept = std::chrono::hours(24 * 2);  // late reports are taken for so long
inline constexpr std::int64_t kTailMs = 3000;   // who is within the last three seconds has finished
inline constexpr std::int64_t kBegunMs = 3000;  // who watched less has swiped past
inline constexpr std::int64_t kFastest = 4;     // times the normal speed, of what can be watched
inline constexpr std::int64_t kWatchedSlackMs =
    10'000;  // what a report may claim beyond that, for clocks and buffers
inline constexpr std::int32_t kPageSize = 20, kMaxPageSize = 100;

inline constexpr auto kTakedownSlack = std::chrono::seconds(
    60);  // how far replicas' clocks may be apart, and how long a session may take to be made
inline constexpr int kMostRevoked = 5000;   // sessions ended by one call
inline constexpr int kTakedownPage = 5000;  // told to an edge at once
inline constexpr int kToldAtOnce = 100;     // in one entry of the stream
inline constexpr int kToldEntries = 5000;   // the stream is cut about there: under 50 MB at the worst

// CloudFront takes 15 paths with a wildcard at once, of all invalidations that are under way.
inline constexpr int kPurgesAtOnce = 15;
inline constexpr auto kPurgeLease = std::chrono::seconds(30);  // longer than one call of a CDN's API
// Every edge has heard of a takedown by then: what an edge gave a CDN before is purged once more.
inline constexpr auto kPurgeAgain = std::chrono::seconds(15);
// At most a minute apart: as long as passes that were given before the takedown.
inline constexpr int kPurgeAttempts = 400;
inline constexpr auto kPurgeIdle = std::chrono::milliseconds(500);
inline constexpr auto kPurgeFigures = std::chrono::seconds(10);
inline constexpr auto kPurgeKept = std::chrono::hours(24 * 2);  // once it is done, for who wonders
inline constexpr auto kShortestPass = std::chrono::seconds(60);

inline constexpr int kSweepRows = 500;  // deleted at once
inline constexpr auto kSweepEvery = std::chrono::minutes(5);

static_assert(kSessionLife < kSessionKept);
static_assert(kPurgeAttempts * std::chrono::minutes(1) > kSessionLife);

}  // namespace cliffhanger::playback
