#pragma once
// Every bound of the collector.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cliffhanger::collector {

inline constexpr std::size_t kPage = 1000;         // objects that are looked at, and asked about, at once
inline constexpr std::size_t kRemovePage = 20;     // that an owner is asked to remove: within a call's deadline also on S3
inline constexpr std::int64_t kForgetPage = 10'000;  // rows of older runs that are deleted at once: within a statement's time
inline constexpr auto kLease = std::chrono::seconds(15);
inline constexpr auto kRetry = std::chrono::milliseconds(10'000);  // after which a run goes on that could not
inline constexpr int kDeaths = 100;                // of processes, at one run
inline constexpr auto kAskDeadline = std::chrono::seconds(10);
inline constexpr std::size_t kMostIndexBytes = 64 << 20;  // of one revision's list of objects
inline constexpr auto kFirstAfter = std::chrono::hours(1);  // a process's start, in a house that never had a run

}  // namespace cliffhanger::collector
