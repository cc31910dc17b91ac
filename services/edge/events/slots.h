#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "libs/core/result.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::edge {

// How many event streams this process has open at once: kMaxStreams, and of one person kMaxStreamsOfOne. Safe
// from many threads.
class StreamSlots {
 public:
  explicit StreamSlots(obs::Metrics& metrics);
  // Held as long as the stream lives; the slots outlive it. Fails with STREAMS_BUSY (the process has no more)
  // or TOO_MANY_STREAMS (the person has too many).
  Result<std::shared_ptr<void>> take(const std::string& who);

 private:
  void give_back(const std::string& who);
  obs::Gauge open_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> of_one_;  // of those who have any
};

}  // namespace cliffhanger::edge
