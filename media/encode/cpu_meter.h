// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Processor time by rung, though some of it is spent in threads of an encoder's own.
#include <ctime>

#include <cstdint>
#include <deque>
#include <mutex>

namespace cliffhanger::media {

// x264 works in the thread that calls it. x265 codes in a thread of its own, which nobody outside can name:
// what the process took beyond the threads that are known here is divided between the rungs that have such a
// thread, by their weights. To be made by the thread that decodes, and to outlive the others.
class CpuMeter {
 public:
  CpuMeter();

  // One rung's, in its thread.
  class Lane {
   public:
    // `weight` of its hidden thread, about its pixels a second; 0 if it has none.
    Lane(CpuMeter& meter, double weight);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    // Milliseconds since it was made or asked before.
    std::int64_t take_ms();

   private:
    friend CpuMeter;
    CpuMeter& meter_;
    const double weight_;
    clockid_t clock_{};
    std::int64_t own_ns_ = 0, hidden_ns_ = 0;  // when it was last asked
    std::int64_t rest_ns_ = 0;                 // too little for a millisecond
  };

 private:
  std::int64_t hidden_ns() const;  // of all hidden threads so far; under the lock
  std::mutex mutex_;
  clockid_t main_{};
  std::deque<Lane*> lanes_;
  double weights_ = 0;         // of all lanes there ever were
  std::int64_t ended_ns_ = 0;  // of known threads that are no more
};

}  // namespace cliffhanger::media
