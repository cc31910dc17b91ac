#pragma once
#include <google/protobuf/descriptor.h>

#include <atomic>
#include <cstddef>
#include <utility>

#include "libs/core/result.h"

namespace cliffhanger::edge {

// What is given up last, upwards.
enum class Priority { kBackOffice, kUploads, kFeed, kPlayback };

// By the contract: back office is what creators and operators alone may call, but for uploads; playback is what a player or
// a sign-in needs.
Priority priority_of(const google::protobuf::MethodDescriptor* method);

// Load shedding: how many calls to services a process has under way at once. When services are slow, calls pile up here; the less
// important are then refused first, so that the more important find room. Safe from many threads.
class Admission {
 public:
  // At most `calls` at once; below playback each priority has a share of them (limits.h).
  explicit Admission(std::size_t calls) : calls_(calls) {}

  // One call under way, over with the object.
  class Slot {
   public:
    explicit Slot(Admission& admission) : admission_(&admission) {}
    ~Slot() {
      if (admission_) --admission_->under_way_;
    }
    Slot(Slot&& from) noexcept : admission_(std::exchange(from.admission_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;

   private:
    Admission* admission_;
  };

  // Fails with OVERLOADED (kUnavailable; metadata retry_after_ms).
  Result<Slot> admit(Priority priority);
  // Counts one that can't be refused any more, such as the commit of bytes that are here.
  Slot hold() {
    ++under_way_;
    return Slot(*this);
  }
  std::size_t under_way() const { return under_way_; }

 private:
  const std::size_t calls_;
  std::atomic<std::size_t> under_way_ = 0;
};

}  // namespace cliffhanger::edge
