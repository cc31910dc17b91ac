#pragma once
#include <cstdint>
#include <string>

#include "libs/core/clock.h"
#include "libs/core/id.h"

namespace cliffhanger::insight {

// What a batch says of the device that sent it: classes, as the contract numbers them. `region`: two capital
// letters, or empty.
struct Device {
  int platform = 0, form = 0, network = 0;
  std::string region;
};

// What a device told, checked; ids that are empty are of nothing.
struct Event {
  Uuid id;
  int kind = 0;      // as the contract numbers them
  Time client_time;  // by the device
  Time event_time;   // corrected
  Uuid episode, series, revision, session;
  std::int64_t position_ms = 0, amount_ms = 0, bitrate_bps = 0;
  int place = 0;
  std::string value;
};

// What is added to what one person saw of one episode.
struct Watched {
  std::int64_t plays = 0;
  std::int64_t position_ms = 0, watched_ms = 0;  // in one go, up to there
  bool completed = false;
  std::int64_t skips = 0;
};

}  // namespace cliffhanger::insight
