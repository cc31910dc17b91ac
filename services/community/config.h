#pragma once
#include "libs/config/settings.h"

namespace cliffhanger::community {

// What community needs to be told: nothing of its own yet.
struct Config {
  static Config read(config::Settings&) { return {}; }
};

}  // namespace cliffhanger::community
