#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "libs/core/result.h"

namespace cliffhanger::sql {

// Holds a lease while its object lives: calls `extend` again and again in a thread of its own. When that says
// LEASE_LOST it asks `work` to stop; other failures (a database that is away) are tried again, since the
// lease is fenced anyway.
class Heartbeat {
 public:
  Heartbeat(std::chrono::milliseconds every, std::function<Result<void>()> extend, std::stop_source work);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  bool lost() const;

 private:
  void run();
  const std::chrono::milliseconds every_;
  const std::function<Result<void>()> extend_;
  std::stop_source work_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  bool ending_ = false, lost_ = false;
  std::thread thread_;
};

}  // namespace cliffhanger::sql
