#pragma once
#include <chrono>

#include "libs/config/settings.h"

namespace cliffhanger::collector {

struct Config {
  std::chrono::milliseconds every{0}, grace{0};
  int most_percent = 0;

  static Config read(config::Settings& settings) {
    Config out;
    out.every = std::chrono::hours(settings.number("CLIFFHANGER_COLLECTOR_EVERY_HOURS", 24, 0, 8760,
                                                   "how often objects that nobody needs are looked for; 0: when an operator asks"));
    out.grace = std::chrono::hours(settings.number("CLIFFHANGER_COLLECTOR_GRACE_HOURS", 48, 1, 8760,
                                                   "objects that were written since stay, whatever is said of them"));
    out.most_percent = static_cast<int>(
        settings.number("CLIFFHANGER_COLLECTOR_MOST_PERCENT", 10, 1, 100,
                        "a run that would remove a larger share of the objects, or of their bytes, stops and says so"));
    return out;
  }
};

}  // namespace cliffhanger::collector
