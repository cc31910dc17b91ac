#pragma once
// A cut for DASH: a period for each stretch. Pure.
#include <string>
#include <vector>

#include "services/transcode/domain/reuse.h"

namespace cliffhanger::transcode {

// A language in which all stretches can be heard.
struct CutDub {
  std::string language, label;
};

// "main.mpd" over the parts that the HLS playlists of the cut list, of these rungs, of those of HEVC, of the sound and
// of these dubs; the storyboard is not in it. The stretches' pieces exist, and none is encrypted with AES-128. Fails as
// parts_of does.
Result<Playlist> cut_manifest(const std::vector<Stretch>& stretches, const std::vector<media::Rung>& rungs,
                              const std::vector<media::Rung>& hevc = {},
                              const std::vector<CutDub>& dubs = {});

}  // namespace cliffhanger::transcode
