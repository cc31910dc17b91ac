#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cliffhanger::rpc {

// A fixed number of threads over a bounded queue. Safe from many threads. Tasks must not throw.
class Pool {
 public:
  struct Options {
    std::string name;  // of the threads, cut to 15 characters, and in metrics
    std::size_t threads;
    std::size_t queue;  // tasks that may wait beside those that run
  };
  // What it did so far; for metrics.
  struct Counts {
    std::size_t waiting;
    std::size_t running;
    std::uint64_t refused;
  };

  explicit Pool(Options options);
  ~Pool();  // stop()
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Queues `task`; false, and the task is dropped, if the queue is full or the pool was stopped.
  bool try_post(std::function<void()> task);
  // Runs what is queued, takes nothing new, joins the threads. Not from a task of its own.
  void stop();
  Counts counts() const;
  const std::string& name() const { return options_.name; }

 private:
  void work();

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  std::size_t running_ = 0;
  std::uint64_t refused_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cliffhanger::rpc
