#pragma once
#include <chrono>
#include <mutex>

namespace cliffhanger::rpc {

// A circuit breaker (M. Nygard, Release It!): once a service has let kLateToOpen calls in a row wait until their deadline, others no
// longer wait for it too but fail at once, and one every kProbeEvery goes out to see whether it answers again. The first answer
// of any kind, be it an error, closes it. A service that is gone needs none: its calls fail at once by themselves. Safe from many
// threads.
class Breaker {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Whether a call may go out.
  bool allows(SteadyTime now);
  // A call that went out has ended; `late` if its deadline passed and it had kLateAfter at least. True if that changed
  // whether the circuit is open.
  bool ended(bool late, SteadyTime now);
  bool open() const;

 private:
  mutable std::mutex mutex_;
  int late_in_a_row_ = 0;
  bool open_ = false;
  SteadyTime next_probe_;
};

}  // namespace cliffhanger::rpc
