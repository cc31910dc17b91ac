#pragma once
// Token buckets, shared by all replicas through Redis; while Redis is away each process counts for itself.
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

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
    std::size_t which = 0;              // of the buckets makes one wait longest
  };
  struct Wanted {
    std::string key;
    Rate rate;
  };

  // `redis` may be null: local counting only. Both outlive the limiter.
  RateLimiter(redis::Client* redis, const Clock& clock, obs::Logger log);

  // Takes one token of each bucket, or of none if one of them is empty. Blocks for one trip to Redis, and not for long where that
  // does not answer: give it a client with little patience. Safe from many threads.
  Verdict take(const std::vector<Wanted>& wanted);
  Verdict take(const std::string& key, Rate rate) { return take(std::vector<Wanted>{{key, rate}}); }

 private:
  struct Bucket {
    double tokens;
    Time at;
  };
  // Whether Redis is to be asked; while it is away, one caller every kRedisPause finds out.
  bool asks_redis();
  Verdict take_local(const std::vector<Wanted>& wanted);
  Bucket& filled(const Wanted& wanted, Time now);  // under the lock

  redis::Client* redis_;
  const Clock& clock_;
  const obs::Logger log_;
  std::atomic<std::int64_t> redis_again_{0};  // microseconds since 1970: don't ask Redis before; 0: it answers
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> local_;
};

}  // namespace cliffhanger::edge
