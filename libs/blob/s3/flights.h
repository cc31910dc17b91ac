#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "libs/blob/s3/cache.h"

namespace cliffhanger::blob::s3 {

// Threads that want the same object at once wait for the one that reads it. Safe from many threads. A read
// that throws, for want of memory say, fails with UNEXPECTED_EXCEPTION for all of them, and the next one
// reads again.
class Flights {
 public:
  Result<Opened> open(const std::string& key, const std::function<Result<Opened>()>& read) {
    std::unique_lock lock(mutex_);
    if (const auto found = under_way_.find(key); found != under_way_.end()) {
      const auto flight = found->second;
      landed_.wait(lock, [&] { return flight->landed.has_value(); });
      lock.unlock();  // nothing changes it any more
      const Result<Opened>& landed = *flight->landed;
      if (!landed) return fail(landed.error());
      return reopen(landed->fd(), landed->size());
    }
    const auto flight = std::make_shared<Flight>();
    under_way_[key] = flight;
    lock.unlock();
    Result<Opened> result = caught(read);
    // Those who wait have descriptors of their own.
    Result<Opened> theirs = caught([&]() -> Result<Opened> {
      if (!result) return fail(result.error());
      return reopen(result->fd(), result->size());
    });
    lock.lock();
    flight->landed.emplace(std::move(theirs));
    under_way_.erase(key);
    landed_.notify_all();
    return result;
  }

 private:
  static Result<Opened> caught(const std::function<Result<Opened>()>& read) {
    try {
      return read();
    } catch (const std::exception& why) {
      return fail(internal("UNEXPECTED_EXCEPTION", "Something went wrong inside.").at(why.what()));
    }
  }
  struct Flight {
    std::optional<Result<Opened>> landed;
  };
  std::mutex mutex_;
  std::condition_variable landed_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> under_way_;
};

}  // namespace cliffhanger::blob::s3
