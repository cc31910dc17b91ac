#pragma once
// Every bound of insight.
#include <chrono>
#include <cstdint>

namespace cliffhanger::insight {

inline constexpr auto kOldest = std::chrono::hours(24 * 7);  // an event may be, when it is sent
inline constexpr auto kAfterSending =
    std::chrono::seconds(5);                               // an event may be, by clocks that jump a little
inline constexpr std::int64_t kMostSeconds = 2 * 60 * 60;  // of an episode that are told apart
inline constexpr std::size_t kMostConditionBytes = 16'384,
                             kMostValueBytes = 4'096;  // of experiments, as JSON
inline constexpr std::size_t kMostDefinitionDepth = 32;
inline constexpr int kMostLive = 200;  // experiments of a tenant that run or have a winner
inline constexpr auto kLookAfterEvery = std::chrono::minutes(1);  // a running experiment
inline constexpr int kDaysBefore = 14;                            // of an exposure that CUPED looks at
inline constexpr double kLeavingWindow = 72 * 3600;               // seconds in which who goes on has done so
inline constexpr int kDaysAhead = 2;  // partitions that are there before their day

}  // namespace cliffhanger::insight
