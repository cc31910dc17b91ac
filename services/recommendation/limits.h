#pragma once
// Every bound of recommendation.
#include <cstddef>

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

inline constexpr std::size_t kTokenBytes = 2048 / 4 * 3;
static_assert(16 + 16 + kMostServed * 4 <= kTokenBytes, "digest, time and seed, four bytes a series");
static_assert(kItemsPerPage <= kMostPerPage && kMostPerPage <= 100, "BatchGetEpisodes takes 100");

}  // namespace cliffhanger::recommendation
