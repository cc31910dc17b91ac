#pragma once
// What the checker reads at most. Whatever is beyond is a fault of the presentation, never a crash of ours.
#include <cstddef>
#include <cstdint>

namespace cliffhanger::conformance {

inline constexpr std::int64_t kMaxPlaylistBytes = 8 << 20;
inline constexpr std::size_t kMaxLines = 200'000;       // of a playlist
inline constexpr std::size_t kMaxLineBytes = 16 << 10;  // of a playlist
inline constexpr std::size_t kMaxAttributes = 64;       // of a tag
inline constexpr std::size_t kMaxSegments = 20'000;     // of a playlist
inline constexpr std::size_t kMaxStreams = 256;         // variants, I-frame streams or renditions: of each
inline constexpr std::size_t kMaxPlaylists = 512;       // of a presentation
inline constexpr std::size_t kMaxKeys = 1'024;          // of a playlist; maps and date ranges as well
inline constexpr std::int64_t kMaxInitBytes = 1 << 20;
inline constexpr std::int64_t kMaxMoofBytes = 8 << 20;
inline constexpr std::int64_t kMaxSubtitleBytes = 1 << 20;  // of a segment; what is beyond is not read
inline constexpr int kMaxDepth = 12;                        // of boxes
inline constexpr std::size_t kMaxElements = 300'000;        // of a manifest
inline constexpr std::size_t kMaxBoxes = 4'096;             // in one level of a file or box
inline constexpr std::size_t kMaxTracks = 16;               // of an initialisation segment, or of a fragment
inline constexpr std::int64_t kMaxSamples = 200'000;        // of a fragment
inline constexpr std::int64_t kMaxTotalSamples = 4'000'000;
inline constexpr std::size_t kMaxTotalSegments = 200'000;  // of all playlists
inline constexpr std::size_t kMaxNals = 256;               // looked at in one sample
inline constexpr std::size_t kMaxFindings = 20;            // kept of a rule; the others are counted
inline constexpr std::size_t kMaxShown = 160;              // bytes of hostile text that a finding quotes

static_assert(kMaxFindings > 0 && kMaxShown >= 16);

}  // namespace cliffhanger::conformance
