#pragma once
// Every bound of insight.
#include <chrono>
#include <cstdint>

namespace cliffhanger::insight {

inline constexpr auto kOldest = std::chrono::hours(24 * 7);  // an event may be, when it is sent
inline constexpr auto kAfterSending =
    std::chrono::seconds(5);                               // an event may be, by clocks that jump a little
inline constexpr std::int64_t kMostSeconds = 2 * 60 * 60;  // of an episode that are told apart
inline constexpr int kDaysAhead = 2;                       // partitions that are there before their day

}  // namespace cliffhanger::insight
