// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Captions → pixels, by libass.
#include <map>
#include <memory>
#include <string>

#include "libs/media/job.h"
#include "media/burn/fonts.h"
#include "media/decode/picture_pool.h"

namespace cliffhanger::media {

// Draws a job's cues into the pictures of one rung. Opens no file: made before the sandbox closes, it works
// within. The same cue on the same picture gives the same pixels, whichever pictures came before. One thread
// at a time.
class Painter {
 public:
  // Fails with MEDIA_INTERNAL. `fonts` is needed during the call only.
  static Result<Painter> make(const Fonts& fonts, const Burn& burn, Size size, FrameRate rate);
  Painter(Painter&&) noexcept;
  ~Painter();

  // The frame with what is shown at its time; the very picture if that is nothing. 8-bit 4:2:0 of the size
  // given to make().
  Result<Frame> paint(const Frame& picture, std::int64_t frame);

 private:
  struct State;
  explicit Painter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Those of a job's rungs, by name; none if it has no cues. Fails with MEDIA_FONTS, MEDIA_NO_GLYPH and
// MEDIA_INTERNAL.
using Painters = std::map<std::string, Painter>;
Result<Painters> make_painters(const EncodeJob& job);

}  // namespace cliffhanger::media
