#pragma once
// A cut for DASH: a period for each stretch. Pure.
#include <vector>

#include "services/transcode/domain/reuse.h"

namespace cliffhanger::transcode {

// "main.mpd" over the parts that the HLS playlists of the cut list, of these rungs and the sound; the
// storyboard is not in it. The stretches' pieces exist, and none is encrypted with AES-128. Fails as parts_of
// does.
Result<Playlist> cut_manifest(const std::vector<Stretch>& stretches, const std::vector<media::Rung>& rungs);

}  // namespace cliffhanger::transcode
