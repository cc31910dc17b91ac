#pragma once
// Every bound of catalog.

namespace cliffhanger::catalog {

inline constexpr int kEpisodesPerSeries = 1000;  // and the highest number
inline constexpr int kSeriesPerPage = 20;        // if the caller names no size
inline constexpr int kEpisodesPerPage = 100;     // if the caller names no size
inline constexpr int kMostPerPage = 100;
inline constexpr int kMostPerBatch = 100;
inline constexpr int kSearchWords = 12;  // more are ignored
inline constexpr int kAdult = 18;        // the greatest age rating, and what counts where nobody said

static_assert(kSeriesPerPage <= kMostPerPage && kEpisodesPerPage <= kMostPerPage);

}  // namespace cliffhanger::catalog
