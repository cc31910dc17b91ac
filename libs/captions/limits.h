#pragma once
// Bounds of a captions file.
#include <cstddef>
#include <cstdint>

namespace cliffhanger::captions::limits {

inline constexpr std::size_t kMaxTextBytes = 1024 * 1024;
inline constexpr std::size_t kMaxCues = 20'000;
inline constexpr std::size_t kMaxCueLines = 10;
inline constexpr std::size_t kMaxCueChars = 500;  // code points of a cue, without its markup
inline constexpr std::size_t kMaxCueTags = 64;    // of a cue; more are left out
inline constexpr std::size_t kMaxNotes = 50;      // faults that are listed, and warnings
inline constexpr std::size_t kMaxStyles = 1000;   // of an ASS file
inline constexpr std::int64_t kMaxTimeMs = 24LL * 60 * 60 * 1000;

}  // namespace cliffhanger::captions::limits
