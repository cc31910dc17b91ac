// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// One rung encoded at one factor, on one sample of the episode.
#include <vector>

#include "libs/media/grid.h"
#include "libs/media/job.h"
#include "media/analyse/likeness.h"
#include "media/io/av.h"

namespace cliffhanger::media {

// What trials of one rung and factor found, over all samples.
struct Verdict {
  Likeness likeness;
  double bits_per_second = 0;  // the sum over samples
  int samples = 0;
};

// Encodes `pictures` (of the rung's size, upright, in order) as the beginning of a segment, and adds what
// came of it to `verdict`. `references` are the pictures as they should look, at the size at which they are
// compared; an empty one is not compared.
Result<void> try_out(const Rung& rung, const Grid& grid, const std::vector<Frame>& pictures,
                     const std::vector<Plane>& references, Verdict& verdict);

// The luma of a picture, scaled bit-exactly.
Result<Plane> luma_at(const Frame& picture, int width, int height);

}  // namespace cliffhanger::media
