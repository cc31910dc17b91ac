#include "libs/rpc/breaker.h"

#include <utility>

#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {

bool Breaker::allows(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (!open_) return true;
  if (now < next_probe_) return false;
  next_probe_ = now + kProbeEvery;
  return true;
}

bool Breaker::ended(bool late, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (!late) {
    late_in_a_row_ = 0;
    return std::exchange(open_, false);
  }
  if (++late_in_a_row_ < kLateToOpen || open_) return false;
  open_ = true;
  next_probe_ = now + kProbeEvery;
  return true;
}

bool Breaker::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace cliffhanger::rpc
