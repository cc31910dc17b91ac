#pragma once
#include <chrono>
#include <string>

#include "libs/config/settings.h"
#include "services/playback/cdn/cloudfront.h"

namespace cliffhanger::playback {

struct Config {
  std::string hls_keys;
  CloudFrontOptions cdn;  // without a URL there is none
  std::chrono::seconds pass_life{0};

  static Config read(config::Settings& settings);
};

}  // namespace cliffhanger::playback
