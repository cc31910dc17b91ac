#pragma once
// How often, and how soon, a request that failed is sent again.
#include <algorithm>
#include <chrono>
#include <mutex>

#include "libs/core/random.h"

namespace cliffhanger::blob::s3 {

// The retries of all requests of a store together: each takes kCost tokens, each answered request gives one
// back. While the store is away the bucket is soon empty, and what is asked is asked once: an outage is not
// multiplied. Safe from many threads.
class RetryBudget {
 public:
  static constexpr int kCost = 10;
  explicit RetryBudget(int capacity = 500) : capacity_(capacity), tokens_(capacity) {}

  // Whether a retry may be made; takes its tokens.
  bool take() {
    const std::lock_guard lock(mutex_);
    if (tokens_ < kCost) return false;
    tokens_ -= kCost;
    return true;
  }
  void give() {
    const std::lock_guard lock(mutex_);
    tokens_ = std::min(capacity_, tokens_ + 1);
  }

 private:
  std::mutex mutex_;
  const int capacity_;
  int tokens_;
};

// The pause before the retry number `retry` (from 0): between nothing and `first` · 2^retry, at most `most`
// ("full jitter").
inline std::chrono::milliseconds backoff(int retry, std::chrono::milliseconds first,
                                         std::chrono::milliseconds most, Random& random) {
  const auto ceiling = std::min(most, first * (1 << std::min(retry, 16)));
  return std::chrono::milliseconds(random.number() % static_cast<std::uint64_t>(ceiling.count() + 1));
}

}  // namespace cliffhanger::blob::s3
