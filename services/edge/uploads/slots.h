#pragma once
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "libs/core/result.h"

namespace cliffhanger::edge {

// How many bodies of uploads this process takes at once: kMaxUploadsUnderWay, and of one person
// kMaxUploadsOfOne. Safe from many threads.
class UploadSlots {
 public:
  // One of them, given back with the object.
  class Slot {
   public:
    Slot(UploadSlots& slots, std::string who) : slots_(&slots), who_(std::move(who)) {}
    ~Slot() {
      if (slots_) slots_->give_back(who_);
    }
    Slot(Slot&& from) noexcept : slots_(std::exchange(from.slots_, nullptr)), who_(std::move(from.who_)) {}
    Slot& operator=(Slot&&) = delete;

   private:
    UploadSlots* slots_;
    std::string who_;
  };

  // Fails with UPLOADS_BUSY (the process has no more) or TOO_MANY_UPLOADS (the person has too many).
  Result<Slot> take(const std::string& who);

 private:
  void give_back(const std::string& who);

  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> of_one_;  // of those who have any
};

}  // namespace cliffhanger::edge
