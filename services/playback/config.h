#pragma once
#include "libs/config/settings.h"

namespace cliffhanger::playback {

struct Config {
  std::string hls_keys;

  static Config read(config::Settings& settings) {
    return {settings.secret_file(
        "CLIFFHANGER_HLS_KEYS_FILE", true,
        "the keys of HLS URLs, one a line, id:secret with 32 bytes or more; the first one signs")};
  }
};

}  // namespace cliffhanger::playback
