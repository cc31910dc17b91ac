// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "sound": a source's audio → stereo at 48 kHz on the video's timeline.
#include <functional>
#include <vector>

#include "media/decode/decoder.h"

namespace cliffhanger::media {

// Stereo samples, one vector a channel, of the same length.
struct Stereo {
  std::vector<float> left, right;
  std::size_t size() const { return left.size(); }
  void clear() { left.clear(), right.clear(); }
};

// What each_piece found.
struct Heard {
  std::int64_t real = 0;  // samples that were decoded, not filled in
  bool broken = false;    // decoding failed there, or at once; the rest is silence
};

// Decodes the source's sound from `zero` (seconds, the first picture's time) on, resampled; what came before
// is cut, gaps and overlaps of more than 50 ms in its timestamps become silence or are cut. Calls `sink` with
// pieces until `samples` have been given, padding with silence at the end. Sound that can't be decoded, or
// not to its end, is no failure: fails with MEDIA_MEMORY and what `sink` fails with alone.
Result<Heard> each_piece(Source& source, double zero, std::int64_t samples,
                         const std::function<Result<void>(const Stereo&)>& sink);

}  // namespace cliffhanger::media
