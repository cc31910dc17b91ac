// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// What this process may still do once it holds a stranger's file.
#include <cstdint>

#include "libs/core/result.h"

namespace cliffhanger::media {

// False in builds with a sanitizer, whose runtime opens /proc and reserves terabytes: these have no filter
// and no bound of memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kConfines = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kConfines = false;
#else
inline constexpr bool kConfines = true;
#endif
#else
inline constexpr bool kConfines = true;
#endif

struct SandboxLimits {
  std::int64_t memory_mib = 2048;   // RLIMIT_DATA
  std::int64_t cpu_seconds = 3600;  // RLIMIT_CPU
};

inline constexpr std::int64_t kMostFileBytes = 1LL << 30;  // RLIMIT_FSIZE: far beyond any segment

// Gives up privileges for good: no new ones, no core dumps, no new descriptors, bounded memory, time and
// files, and only the system calls on a list: threads, memory and the descriptors that are open. Every open
// fails; sockets, exec and ptrace kill the process. Whatever is to be written must be open already. Must be
// called before the first thread starts. Fails with MEDIA_SANDBOX.
Result<void> enter_sandbox(const SandboxLimits& limits);

}  // namespace cliffhanger::media
