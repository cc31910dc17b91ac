#pragma once
// How an edge learns of takedowns. Playback knows them all and is asked every two seconds for what is new; a
// Redis stream that every edge reads whole brings them at once, and also while playback can't be reached.
// While neither can, what is known holds, and everything else that is signed is served.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "libs/core/clock.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/redis/redis.h"
#include "libs/rpc/client.h"
#include "services/edge/takedowns/takedowns.h"

namespace cliffhanger::edge {

// What is new since `cursor`; "": everything. May block. Fails with BAD_PAGE_TOKEN and what playback's
// absence gives.
using AskTakedowns = std::function<Result<playback::v1::ListTakedownsResponse>(const std::string& cursor)>;

// Asks playback.
AskTakedowns ask_playback(rpc::Client playback);

class TakedownListener {
 public:
  // All outlive it. Without Redis it only asks.
  struct Deps {
    Takedowns& known;
    AskTakedowns ask;
    redis::Client* redis;
    const Clock& clock;
    obs::Metrics& metrics;
    obs::Logger log;
  };
  struct Timing {
    std::chrono::milliseconds ask{2'000};     // between two questions
    std::chrono::milliseconds again{250};     // as long as there has been no answer at all
    std::chrono::milliseconds first{2'000};   // that start() waits for the first answer
    std::chrono::milliseconds stale{10'000};  // without an answer: a warning
  };
  TakedownListener(Deps deps, Timing timing);
  ~TakedownListener();  // stop()
  // Returns once playback has told all, or has not after `first`: an edge that starts again refuses what it
  // refused before.
  void start();
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  void loop();
  void ask_if_due();
  Result<void> ask();
  Result<void> read_stream();
  void take(const playback::v1::Takedown& takedown);
  void measure();
  void complain(const Result<void>& asked);

  const Deps deps_;
  const Timing timing_;
  const obs::Gauge sessions_, revisions_, age_;
  const obs::Counter forgotten_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable answered_;
  bool complete_ = false;  // playback has told all once
  // Of the thread.
  std::string cursor_, position_ = "0-0";  // the second one in the stream
  Steady::time_point told_, asked_{}, forgot_{};
  bool stale_ = false, deaf_ = false;
  std::thread thread_;
};

}  // namespace cliffhanger::edge
