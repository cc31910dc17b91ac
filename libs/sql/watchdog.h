#pragma once
// Ends waiting for a database that says nothing: libpq's own waits have no end.
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace cliffhanger::sql {

// One thread, begun with the first watch. Safe from many threads; outlives its watches.
class Watchdog {
  struct Watched {
    int socket;  // a duplicate: the number may be closed and given to another meanwhile, this one is not
    std::chrono::steady_clock::time_point deadline;
    bool fired = false;
  };

 public:
  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // While it lives: at `deadline` the connection of `socket` (a descriptor of the caller's) is shut down, so that whoever waits for it
  // gets an error at once. Not watched if the process has no descriptor left.
  class Watch {
   public:
    Watch(Watchdog& dog, int socket, std::chrono::steady_clock::time_point deadline);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    bool fired() const;  // the connection is of no use any more

   private:
    Watchdog& dog_;
    std::list<Watched>::iterator at_;
  };

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watched> watched_;
  std::chrono::steady_clock::time_point wakes_ = std::chrono::steady_clock::time_point::max();  // when the thread looks again
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace cliffhanger::sql
