// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// A bounded queue between two nodes of the chain.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace cliffhanger::media {

// One thread pushes, one pops; both block. After close() nothing more goes in, and pop() gives what is left,
// then nullopt. After abort() both return at once.
template <class T>
class Queue {
 public:
  explicit Queue(std::size_t most) : most_(most) {}

  bool push(T item) {  // false after abort()
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < most_ || aborted_; });
    if (aborted_) return false;
    items_.push_back(std::move(item));
    some_.notify_one();
    return true;
  }
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [this] { return !items_.empty() || closed_ || aborted_; });
    if (aborted_ || items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    room_.notify_one();
    return item;
  }
  void close() { end(closed_); }
  void abort() { end(aborted_); }

 private:
  void end(bool& how) {
    const std::lock_guard lock(mutex_);
    how = true;
    room_.notify_all();
    some_.notify_all();
  }
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable room_, some_;
  std::deque<T> items_;
  bool closed_ = false, aborted_ = false;
};

}  // namespace cliffhanger::media
