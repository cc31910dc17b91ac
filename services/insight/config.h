#pragma once
#include "libs/config/settings.h"

namespace cliffhanger::insight {

struct Config {
  int retention_days = 90;

  static Config read(config::Settings& settings) {
    Config c;
    c.retention_days = static_cast<int>(
        settings.number("CLIFFHANGER_INSIGHT_RETENTION_DAYS", 90, 8, 3650,
                        "days that events of apps are kept one by one; what was made of them stays"));
    return c;
  }
};

}  // namespace cliffhanger::insight
