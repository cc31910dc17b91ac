#pragma once
// The rungs that benchmarks encode: those of the vertical profile.
#include <vector>

#include "libs/media/event.h"
#include "libs/media/job.h"

namespace cliffhanger::bench {

// Best first; none that the video would have to be scaled up for.
std::vector<media::Rung> rungs_for(const media::VideoFacts& video);

}  // namespace cliffhanger::bench
