#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "libs/core/result.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::edge {

// How many things of a kind, such as event streams, this process does at once: in all, and for one person.
// Safe from many threads.
class Slots {
 public:
  struct Limits {
    std::size_t most = 0, most_of_one = 0;
    std::string things;    // "event streams", for messages
    std::string busy;      // the reason when the process has no more (kUnavailable)
    std::string too_many;  // the reason when the person has too many (kResourceExhausted)
  };
  // `open` shows how many are taken.
  Slots(Limits limits, obs::Gauge open) : limits_(std::move(limits)), open_(open) {}
  // Held as long as the thing lives; the slots outlive it. Fails with the reasons above.
  Result<std::shared_ptr<void>> take(const std::string& who);

 private:
  void give_back(const std::string& who);
  const Limits limits_;
  obs::Gauge open_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> of_one_;  // of those who have any
};

Slots stream_slots(obs::Metrics& metrics);  // of event streams
Slots pack_slots(obs::Metrics& metrics);    // of start packs, from the request to the last byte

}  // namespace cliffhanger::edge
