#pragma once
// The bounds of what REST callers may send, checked before anything is built from it.
#include <cstddef>

namespace cliffhanger::edge::rest {

inline constexpr std::size_t kMaxJsonBytes = 1 << 20;
inline constexpr std::size_t kMaxJsonDepth = 32;  // of objects and arrays in one another
inline constexpr std::size_t kMaxFaults = 50;     // named of one request; the rest are left out
inline constexpr std::size_t kMaxPathBytes = 2048;
inline constexpr std::size_t kMaxQueryDepth = 8;  // of a.b.c in a query parameter's name

static_assert(kMaxQueryDepth < kMaxJsonDepth);

}  // namespace cliffhanger::edge::rest
