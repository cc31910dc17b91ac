#pragma once
// The Redis stream that every edge reads whole, so that a takedown is known at once. A hint only: what Redis
// loses, edges ask for.
#include "libs/obs/log.h"
#include "libs/redis/redis.h"
#include "services/playback/domain/takedown.h"

namespace cliffhanger::playback {

class TakedownStream {
 public:
  // `redis` outlives it.
  TakedownStream(redis::Client& redis, obs::Logger log) : redis_(redis), log_(std::move(log)) {}
  // Gives up at the first failure. Safe from many threads.
  void tell(const std::vector<Takedown>& takedowns);

 private:
  redis::Client& redis_;
  const obs::Logger log_;
};

}  // namespace cliffhanger::playback
