#include "libs/sql/heartbeat.h"

namespace cliffhanger::sql {

Heartbeat::Heartbeat(std::chrono::milliseconds every, std::function<Result<void>()> extend,
                     std::stop_source work)
    : every_(every), extend_(std::move(extend)), work_(std::move(work)), thread_([this] { run(); }) {}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    woken_.notify_one();
  }
  thread_.join();
}

bool Heartbeat::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!woken_.wait_for(lock, every_, [this] { return ending_; })) {
    lock.unlock();
    const auto extended = extend_();
    lock.lock();
    if (extended || extended.error().reason != "LEASE_LOST") continue;
    lost_ = true;
    work_.request_stop();
    return;
  }
}

}  // namespace cliffhanger::sql
