#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/redis/redis.h"
#include "libs/sql/sql.h"

namespace cliffhanger::bus {

// The stream that a service's events are published to.
std::string stream_of(std::string_view service);

// Publishes one service's outbox to its Redis stream, in order, at least once. Replicas take turns by an advisory lock. Only rows older than
// every running transaction are published, since serial ids commit out of order. When Redis has lost data (its epoch mark is gone,
// or its stream has fallen behind the last entry written), the last 24 hours are published again. Also removes rows nobody needs any more.
class Relay {
 public:
  struct Deps {
    sql::Pool& pool;
    redis::Client& redis;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
  };
  Relay(std::string service, Deps deps);
  ~Relay();  // stop()

  void start();
  void wake();  // something was written
  void stop();
  // One look, for tests: how many events were published.
  Result<int> run_once();

 private:
  void loop();
  Result<bool> redis_is_whole();
  Result<bool> publish_again();
  Result<int> publish(sql::Tx& tx);
  template <class Work>
  Result<std::optional<int>> locked(Work work);
  Result<void> clean();

  const std::string service_;
  Deps deps_;
  obs::Counter published_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool news_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace cliffhanger::bus
