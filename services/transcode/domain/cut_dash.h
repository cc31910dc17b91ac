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

// "main.mpd" over the parts that the HLS playlists of the cut list, of these rungs, of those of HEVC, of the
// sound and of these dubs. Thumbnails are in it, if `thumbnails`, where the cut begins with a sheet of its
// film (mostly: with the film): elsewhere players don't agree on which picture of a sheet is meant
// (docs/decisions/0052). The stretches' pieces exist, and none is encrypted with AES-128. Fails as parts_of
// does.
Result<Playlist> cut_manifest(const std::vector<Stretch>& stretches, const std::vector<media::Rung>& rungs,
                              const std::vector<media::Rung>& hevc = {}, const std::vector<CutDub>& dubs = {},
                              bool thumbnails = false);

}  // namespace cliffhanger::transcode
