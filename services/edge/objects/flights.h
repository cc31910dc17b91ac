#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/http/await.h"
#include "libs/rpc/pool.h"

namespace cliffhanger::edge {

// Loads of the same key that come while one is under way wait for that one: a thousand misses at once are one
// read. Safe from many threads; V is cheap to copy. Outlives everything that waits in it.
template <class V>
class Flights {
 public:
  // Runs `job` on the pool, unless one for `key` is already under way, and answers with what it made.
  http::Task<Result<V>> load(rpc::Pool& pool, std::string key, std::function<Result<V>()> job) {
    co_return co_await http::await_callback<Result<V>>(
        [&](std::function<void(Result<V>)> done) { begin(pool, std::move(key), std::move(job), std::move(done)); });
  }

  // For nobody who waits: unless one is under way anyway.
  void start(rpc::Pool& pool, std::string key, std::function<Result<V>()> job) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.contains(key)) return;
    }
    begin(pool, std::move(key), std::move(job), [](const Result<V>&) {});
  }

  // The same for who doesn't wait here: `done` is called with what it made, once, on any thread.
  void begin(rpc::Pool& pool, std::string key, std::function<Result<V>()> job, std::function<void(Result<V>)> done) {
    {
      const std::lock_guard lock(mutex_);
      auto& waiting = waiting_[key];
      waiting.push_back(std::move(done));
      if (waiting.size() > 1) return;
    }
    if (!pool.try_post([this, key, job = std::move(job)] { land(key, guarded(job)); }))
      land(key, fail(exhausted("BUSY", "Too much is waiting here; try again in a moment.")));
  }

 private:
  // Who waits must hear of it whatever happens.
  static Result<V> guarded(const std::function<Result<V>()>& job) {
    try {
      return job();
    } catch (const std::exception& e) {
      return fail(internal("INTERNAL", e.what()));
    }
  }
  void land(const std::string& key, const Result<V>& value) {
    std::vector<std::function<void(Result<V>)>> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting = std::move(waiting_[key]);
      waiting_.erase(key);
    }
    for (const auto& done : waiting) done(value);
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::function<void(Result<V>)>>> waiting_;
};

}  // namespace cliffhanger::edge
