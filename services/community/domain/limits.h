#pragma once
#include <cstdint>

namespace cliffhanger::community {

inline constexpr std::int32_t kPageSize = 20, kMaxPageSize = 100;

}  // namespace cliffhanger::community
