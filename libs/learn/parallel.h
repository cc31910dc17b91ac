#pragma once
// Work shared out among threads, with the same result for any number of them.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace cliffhanger::learn {

// Calls work(first, end) for [0, count) in blocks of `block`, each once, on `threads` threads (1: on the
// caller's). Which thread takes which block is not fixed, so `work` writes only what belongs to its block.
// `work` must not throw.
inline void parallel_for(int threads, std::int64_t count, std::int64_t block,
                         const std::function<void(std::int64_t, std::int64_t)>& work) {
  std::atomic<std::int64_t> next{0};
  const auto take = [&] {
    for (;;) {
      const auto first = next.fetch_add(block);
      if (first >= count) return;
      work(first, std::min(count, first + block));
    }
  };
  std::vector<std::jthread> others;
  const auto useful = std::min<std::int64_t>(threads, (count + block - 1) / block);
  for (std::int64_t i = 1; i < useful; ++i) others.emplace_back(take);
  take();
}

}  // namespace cliffhanger::learn
