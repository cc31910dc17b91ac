// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// HDR (PQ or HLG, bt2020) → SDR (bt709), picture by picture, after scaling.
#include <cstdint>
#include <vector>

#include "media/decode/picture_pool.h"

namespace cliffhanger::media {

class ToneMap {
 public:
  static constexpr AVPixelFormat kInput = AV_PIX_FMT_YUV420P10LE;  // limited range, bt2020 matrix
  static bool needed(const AVFrame& in) {
    return in.color_trc == AVCOL_TRC_SMPTE2084 || in.color_trc == AVCOL_TRC_ARIB_STD_B67;
  }
  // An 8-bit 4:2:0 bt709 picture. Integer arithmetic from a table: the same on every machine.
  Result<Frame> map(const AVFrame& in, AVColorTransferCharacteristic transfer);

 private:
  class Column;
  // Y, Cb, Cr as 8-bit values with 6 more bits, and nothing: a vector of whole numbers that a register holds.
  using Node = std::uint16_t __attribute__((vector_size(8)));
  using Sum = std::uint32_t __attribute__((vector_size(16)));
  void build(AVColorTransferCharacteristic transfer);
  Sum between(const Node* base, int fu, int fv) const;

  AVColorTransferCharacteristic built_for_ = AVCOL_TRC_UNSPECIFIED;
  std::vector<Node> table_;
  PicturePool pool_;
};

}  // namespace cliffhanger::media
