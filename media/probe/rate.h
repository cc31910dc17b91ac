// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Which constant frame rate a source with these timestamps should get. Pure.
#include <cstdint>
#include <vector>

#include "libs/media/grid.h"

namespace cliffhanger::media {

// What the packets of a video say, in order of display.
struct Timing {
  std::vector<double> starts;  // seconds from the first shown picture; ascending; at least one
  double last_duration = 0;    // seconds, of the last picture; 0 if unknown
  FrameRate declared{0, 1};    // what the container claims; {0, 1} if nothing
};

struct Timeline {
  FrameRate rate;
  std::int64_t frames = 0;  // at that rate, for the whole; at least 1
  double seconds = 0;
};

// The nearest usual rate from 10 to 60: a true constant rate is kept exactly; variable ones get the rate of
// their typical frame; above 60 the rate is halved until it fits, below 10 it is multiplied.
Timeline plan_timeline(const Timing& timing);

}  // namespace cliffhanger::media
