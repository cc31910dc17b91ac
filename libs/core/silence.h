#pragma once
#include <atomic>

#include "libs/core/clock.h"

namespace cliffhanger {

// Who asks a server that a page can do without: after `failures` in a row one a second, to see whether it is
// back, and the others don't wait. Safe from many threads.
class Silence {
 public:
  explicit Silence(const Clock& clock, int failures = 1) : clock_(clock), failures_(failures) {}

  // Whether to ask now; whoever is told to tells what came of it.
  bool ask() {
    const auto now = to_micros(clock_.now());
    auto until = until_.load();
    return until == 0 || (now >= until && until_.compare_exchange_strong(until, now + kFor.count()));
  }
  void told(bool answered) {
    if (answered) {
      failed_ = 0;
      until_ = 0;
    } else if (++failed_ >= failures_) {
      until_ = to_micros(clock_.now()) + kFor.count();
    }
  }

 private:
  static constexpr Duration kFor = std::chrono::seconds(1);
  const Clock& clock_;
  const int failures_;
  std::atomic<int> failed_{0};          // in a row
  std::atomic<std::int64_t> until_{0};  // microseconds since 1970; 0: it answers
};

}  // namespace cliffhanger
