#pragma once
// What a piece of work and all its child processes cost.
#include <atomic>
#include <cstdint>
#include <thread>

namespace cliffhanger::bench {

struct Usage {
  double wall = 0;      // seconds
  double cpu = 0;       // CPU-seconds of children that ended meanwhile
  double peak_mib = 0;  // the most that all children held at one moment, sampled every 100 ms
};

// Measures from construction to stop(). Children of this process only; one meter at a time.
class Meter {
 public:
  Meter();
  ~Meter();
  Usage stop();

 private:
  void watch();
  double start_wall_, start_cpu_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::int64_t> peak_kib_ = 0;
  std::thread watcher_;
};

}  // namespace cliffhanger::bench
