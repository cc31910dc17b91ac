#pragma once
// One request: a message on a SOCK_SEQPACKET socket of a byte of flags and the arguments, each ended by a zero
// byte, with the ends of the three standard pipes, then the source and the folder if the flags say so. One answer:
// the number of the child, or an errno below zero.
#include <cstddef>
#include <cstdint>

namespace cliffhanger::media::wire {

inline constexpr std::size_t kMaxRequestBytes = 4096;
inline constexpr std::size_t kStandard = 3;  // descriptors that are always there
inline constexpr std::size_t kMaxDescriptors = 5;
inline constexpr char kHasSource = 1, kHasFolder = 2;
using Answer = std::int32_t;

}  // namespace cliffhanger::media::wire
