// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "deinterlace": a picture of two fields → the picture at the time of its first field.
#include "media/decode/picture_pool.h"

namespace cliffhanger::media {

// Keeps the lines of the first field. Each line of the second is kept where nothing moved and drawn from the
// lines above and below where something did, told by the picture before; so a result depends on two source
// pictures alone, wherever decoding started. Integers only: the same on every machine. Not safe from two
// threads.
class Deinterlacer {
 public:
  // `before`: the picture decoded before, or null if there is none. Pictures that are not interlaced, and
  // those whose pixels are not planes of 8 to 16 bits, come back as they are.
  Result<Frame> progressive(const Frame& picture, const Frame& before);

 private:
  PicturePool pool_;
};

}  // namespace cliffhanger::media
