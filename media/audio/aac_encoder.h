// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Stereo samples → AAC-LC frames.
#include <utility>

#include "media/audio/sound.h"
#include "media/cmaf/cmaf.h"

namespace cliffhanger::media {

class AacEncoder {
 public:
  static Result<AacEncoder> open(int bitrate_kbps);
  // Any number of samples.
  Result<void> add(const Stereo& piece);
  // No more samples; the last frame is filled up with silence.
  Result<void> finish();
  // Frames so far and not yet taken; the first of all is priming.
  std::vector<Sample> take() { return std::exchange(frames_, {}); }
  AudioTrack track() const;

 private:
  explicit AacEncoder(CodecContext codec);
  Result<void> send(const AVFrame* frame);
  Result<void> send_buffered(std::size_t n);

  CodecContext codec_;
  Packet packet_;
  Stereo buffered_;
  std::int64_t sent_ = 0;
  std::vector<Sample> frames_;
};

}  // namespace cliffhanger::media
