#pragma once
// News of revisions for the streams of this process: every edge hears everything, so it reads the end of
// transcode's stream instead of being a consumer. News only wakes; what is true is asked of transcode.
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libs/http/task.h"
#include "libs/obs/log.h"
#include "libs/redis/redis.h"

namespace cliffhanger::edge {

// Safe from many threads.
class NewsHub {
 public:
  enum class News {
    kNone,  // a second or so has passed
    kSome,
    kStopped,
  };
  // Whoever wants news of a topic; for one coroutine. Ends its interest with its life.
  class Watch {
   public:
    Watch(NewsHub& hub, std::string topic);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    // Comes back within about a second. What was told before counts.
    http::Task<News> wait();

   private:
    friend class NewsHub;
    NewsHub& hub_;
    const std::string topic_;
    bool news_ = false;
    std::function<void(News)> done_;  // of the coroutine that waits
  };

  // Without Redis there is no news, only time. `redis` outlives the hub.
  NewsHub(redis::Client* redis, obs::Logger log);
  ~NewsHub();  // stop()
  void start();
  // Wakes all who wait; watches must not outlive the hub itself.
  void stop();
  void tell(const std::vector<std::string>& topics);

 private:
  void loop();
  Result<void> read();
  void tick();
  void pause();

  redis::Client* const redis_;
  const obs::Logger log_;
  std::mutex mutex_;
  std::multimap<std::string, Watch*> watches_;
  bool stopped_ = false;
  std::atomic<bool> stopping_{false};
  std::optional<std::string> position_;  // in the stream; none: not known
  std::chrono::steady_clock::time_point ticked_{};
  std::thread thread_;
};

// What a dub of an episode in a language is followed by, in whatever spelling.
std::string dub_topic(const std::string& episode, std::string language);
// The revision and the episode that an event of transcode is about, or the dub; empty for other events, and for
// nonsense.
std::vector<std::string> topics_of(const std::string& event);

}  // namespace cliffhanger::edge
