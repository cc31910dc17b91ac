#pragma once
// Token buckets, shared by all replicas through Redis; while Redis is away each process counts for itself.
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "libs/core/clock.h"
#include "libs/obs/log.h"

namespace cliffhanger::redis {
class Client;
}

namespace cliffhanger::edge {

class RateLimiter {
 public:
  struct Rate {
    double per_second = 50;
    double burst = 200;  // that may come at once
  };
  struct Verdict {
    bool allowed = true;
    std::chrono::milliseconds wait{0};  // until the next one would be allowed
  };

  // `redis` may be null: local counting only. Both outlive the limiter.
  RateLimiter(redis::Client* redis, const Clock& clock, obs::Logger log);

  // Takes one token of the bucket `key`, which fills at `rate`. Blocks for one trip to Redis. Safe from many
  // threads.
  Verdict take(const std::string& key, Rate rate);

 private:
  struct Bucket {
    double tokens;
    Time at;
  };
  Verdict take_local(const std::string& key, Rate rate);

  redis::Client* redis_;
  const Clock& clock_;
  const obs::Logger log_;
  std::atomic<std::int64_t> redis_again_{0};  // microseconds since 1970: don't ask Redis before
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> local_;
};

}  // namespace cliffhanger::edge
