// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "normalise": any decoded picture → 8-bit 4:2:0, bt709, limited range, upright, at one size.
#include <optional>

#include "media/decode/lanczos.h"
#include "media/decode/matrix.h"
#include "media/decode/picture_pool.h"
#include "media/decode/tone.h"
#include "media/io/av.h"

namespace cliffhanger::media {

// Scales 8-bit 4:2:0 pictures of one size to another, bit-exactly on every machine. Not safe from two
// threads.
class CascadeScaler {
 public:
  explicit CascadeScaler(Size to) : to_(to) {}
  // The same picture, shared, if it has that size already.
  Result<Frame> scale(const Frame& in);

 private:
  Size to_;
  std::optional<PictureScaler> scaler_;
  PicturePool pool_;
  Size from_;
};

class Normaliser {
 public:
  Normaliser(Orientation orientation, Size to);
  // Fails with MEDIA_TOO_LARGE if the stream changes to a size beyond the limits, MEDIA_UNSUPPORTED for
  // pixels that can't be read. The result carries no side data, so nothing of the source's metadata gets into
  // the output.
  Result<Frame> normalise(const Frame& in);

 private:
  struct Kind {  // what the scaler was made for
    Size size;
    int format = -1;
    bool full_range = false;
    bool hdr = false;
    LumaWeights weights;
    bool operator==(const Kind&) const = default;
  };
  Kind kind_of(const AVFrame& in) const;
  Result<void> prepare(const AVFrame& in, const Kind& kind);
  Result<Frame> scale(const AVFrame& in, AVPixelFormat format);
  Result<Frame> orient(const Frame& in);
  Result<Frame> sized(const Frame& in, const Kind& kind, AVPixelFormat format);

  const Orientation orientation_;
  const Size to_;      // upright
  const Size stored_;  // before it is turned
  Kind kind_;
  std::optional<PictureScaler> plain_;  // of what needs another size and nothing else; the rest is libswscale's
  Scaler scaler_;
  PicturePool flat_, recoloured_, upright_;
  ToneMap tone_;
};

}  // namespace cliffhanger::media
