#pragma once
// Every bound of recommendation.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cliffhanger::recommendation {

inline constexpr int kItemsPerPage = 10;  // if the caller names no size
inline constexpr int kMostPerPage = 50;

// Series that are looked at for one page, by where they come from.
inline constexpr int kPopularCandidates = 400;  // of those that the viewer has not started
inline constexpr int kNewCandidates = 200;      // likewise, newest first
inline constexpr int kSeenCandidates = 300;     // started, last seen first
inline constexpr int kLikedCandidates = 200;    // that the viewer reacted to, newest first
inline constexpr int kCreatorCandidates = 200;  // of creators that the viewer follows, newest first

// Series that one chain of pages can show: the page token names them all, and is 2048 characters at most.
inline constexpr std::size_t kMostServed = 350;
// Rounds in which a page is topped up when the catalog has lost some of it.
inline constexpr int kTopUps = 3;

// Training and serving of models.
inline constexpr std::size_t kMostInteractions =
    20'000'000;  // that a training learns from: some 600 MB while it lasts, beside factors
inline constexpr int kTookPage = 5000;  // of which it reads at once
inline constexpr auto kTrainingLease = std::chrono::seconds(15);
inline constexpr int kTrainingAttempts = 5;  // after the process died at it
inline constexpr std::int64_t kMostModelBytes = std::int64_t{1} << 30;
inline constexpr auto kModelsEvery = std::chrono::seconds(5);     // each replica looks which model is active
inline constexpr auto kNewcomersEvery = std::chrono::minutes(5);  // and for series that are newer
inline constexpr auto kUnreadableAgain =
    std::chrono::seconds(30);  // a file that could not be read is tried again
inline constexpr int kNewestLookedAt = 1000;
inline constexpr std::size_t kMostNewcomers = 100;
inline constexpr int kViewersOfNewcomer = 30;
inline constexpr int kSeriesOfViewer = 50;
inline constexpr int kSeriesOfCreator = 50;

inline constexpr std::size_t kTokenBytes = 2048 / 4 * 3;
static_assert(16 + 16 + kMostServed * 4 <= kTokenBytes, "digest, time and seed, four bytes a series");
static_assert(kItemsPerPage <= kMostPerPage && kMostPerPage <= 100, "BatchGetEpisodes takes 100");

}  // namespace cliffhanger::recommendation
