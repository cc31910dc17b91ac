// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "CMAF writer": coded samples → initialisation segments and fragments (ISO/IEC 23000-19). Pure: bytes
// in, bytes out.
#include <string>

#include "libs/media/grid.h"
#include "media/cmaf/boxes.h"

namespace cliffhanger::media {

// One coded picture or AAC frame, in decoding order.
struct Sample {
  Bytes bytes;  // H.264 and HEVC: NAL units with 4-byte lengths
  std::int64_t shown_after =
      0;  // frames from its place in decoding order to its place in display order; may be negative
  bool sync = false;
  bool disposable = false;  // nothing depends on it
};

struct VideoTrack {
  int width = 0;
  int height = 0;
  std::int64_t timescale = 0;
  std::int64_t frame_ticks = 0;
  Bytes sps, pps;  // without start codes
  Bytes vps{};     // HEVC's; H.264 has none
  bool hevc() const { return !vps.empty(); }
};

struct AudioTrack {
  Bytes config;     // AudioSpecificConfig
  int bitrate = 0;  // bits a second
};

Bytes video_init(const VideoTrack& track);
Bytes audio_init(const AudioTrack& track);
std::string video_codecs(const VideoTrack& track);  // "avc1.64001f", "hvc1.1.6.L93.90"

// One moof with its mdat. Nothing in it depends on its neighbours. `sequence` from 1.
struct Fragment {
  std::uint32_t sequence = 1;
  std::int64_t decode_time = 0;  // ticks: tfdt
  std::int64_t frame_ticks = 0;
  bool video = true;
};
// Appends to `out`; returns the bytes from the moof's start to the first sample's end.
std::int64_t append_fragment(const Fragment& fragment, std::span<const Sample> samples, Bytes& out);

// Splits an Annex B byte stream into NAL units without start codes.
std::vector<std::span<const std::uint8_t>> split_annex_b(std::span<const std::uint8_t> stream);

}  // namespace cliffhanger::media
