#pragma once
#include <cstdint>

namespace cliffhanger::community {

inline constexpr std::int32_t kPageSize = 20, kMaxPageSize = 100;
inline constexpr std::int64_t kForgetAtOnce = 2000;  // reactions of people who are erased, in one transaction

}  // namespace cliffhanger::community
