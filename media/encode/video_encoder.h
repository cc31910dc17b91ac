// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "encoder": pictures of one rung → coded samples of one segment.
#include "libs/media/job.h"
#include "media/cmaf/cmaf.h"
#include "media/io/av.h"

namespace cliffhanger::media {

// A fresh x264 or x265 for one segment: its bytes depend on the pictures, the rung and the rate alone, not on
// what was encoded before, on threads or on the processor. The first picture and every gop_frames-th after it
// is an IDR.
class VideoEncoder {
 public:
  static Result<VideoEncoder> open(const Rung& rung, const Grid& grid);

  // The next picture: 8-bit 4:2:0 of the rung's size.
  Result<void> encode(const Frame& picture);
  // No more pictures: all samples, in decoding order. Once.
  Result<std::vector<Sample>> finish();
  const VideoTrack& track() const { return track_; }

 private:
  VideoEncoder(CodecContext codec, VideoTrack track);
  Result<void> collect();

  CodecContext codec_;
  VideoTrack track_;
  Packet packet_;
  Frame slot_;
  std::int64_t sent_ = 0;
  std::vector<Sample> samples_;
};

}  // namespace cliffhanger::media
