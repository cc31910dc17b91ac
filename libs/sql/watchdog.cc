#include "libs/sql/watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace cliffhanger::sql {

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

// Woken for every watch it would cost two switches of threads a query; so it sleeps until the first deadline that it saw, by which
// most watches are over. A watch that would end before that wakes it.
void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto now = std::chrono::steady_clock::now();
    auto next = std::chrono::steady_clock::time_point::max();
    for (auto& one : watched_) {
      if (one.fired) continue;
      if (one.deadline <= now) {
        one.fired = true;
        ::shutdown(one.socket, SHUT_RDWR);
      } else {
        next = std::min(next, one.deadline);
      }
    }
    wakes_ = next;
    if (next == std::chrono::steady_clock::time_point::max())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, next);
  }
}

Watchdog::Watch::Watch(Watchdog& dog, int socket, std::chrono::steady_clock::time_point deadline)
    : dog_(dog) {
  const int own = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  const std::lock_guard lock(dog_.mutex_);
  at_ = dog_.watched_.insert(dog_.watched_.end(), {own, deadline});
  if (!dog_.thread_.joinable()) dog_.thread_ = std::thread([&dog] { dog.run(); });
  if (deadline < dog_.wakes_) dog_.changed_.notify_one();
}

Watchdog::Watch::~Watch() {
  const std::lock_guard lock(dog_.mutex_);
  if (at_->socket >= 0) close(at_->socket);
  dog_.watched_.erase(at_);
}

bool Watchdog::Watch::fired() const {
  const std::lock_guard lock(dog_.mutex_);
  return at_->fired;
}

}  // namespace cliffhanger::sql
