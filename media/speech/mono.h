// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Stereo at 48 kHz → mono at 16 kHz, as speech models want it.
#include <cstdint>
#include <vector>

#include "media/audio/sound.h"

namespace cliffhanger::media {

inline constexpr int kSpeechRate = 16'000;

// Keeps the last few samples between calls, so that pieces join without a click.
class Mono {
 public:
  Mono();
  // What of the sound so far has not been given yet.
  std::vector<std::int16_t> take(const Stereo& piece);

 private:
  std::vector<float> filter_, waiting_;
};

}  // namespace cliffhanger::media
