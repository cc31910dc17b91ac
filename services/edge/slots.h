#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "libs/core/result.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::edge {

// How many things of a kind, such as event streams, this process does at once: in all, and for one person.
// Safe from many threads.
class Slots {
 public:
  struct Limits {
    std::size_t most = 0, most_of_one = 0;
    Error busy;      // when the process has no more
    Error too_many;  // when the person has too many
  };
  // `open` shows how many are taken.
  explicit Slots(Limits limits, std::optional<obs::Gauge> open = {}) : limits_(std::move(limits)), open_(open) {}
  // Held as long as the thing lives; the slots outlive it. Fails with the errors above.
  Result<std::shared_ptr<void>> take(const std::string& who);

 private:
  void give_back(const std::string& who);
  void show() const;  // under the lock
  const Limits limits_;
  const std::optional<obs::Gauge> open_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> of_one_;  // of those who have any
};

Slots stream_slots(obs::Metrics& metrics);  // of event streams
Slots pack_slots(obs::Metrics& metrics);    // of start packs, from the request to the last byte
Slots upload_slots();                       // of bodies of uploads: UPLOADS_BUSY, TOO_MANY_UPLOADS
Slots body_slots();                         // of large bodies of REST: BODIES_BUSY, TOO_MANY_BODIES

}  // namespace cliffhanger::edge
