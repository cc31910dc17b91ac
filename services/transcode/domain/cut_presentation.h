#pragma once
// A cut as players get it: the same names as any finished revision (main.m3u8, v540/video.m3u8, …), over
// objects of other revisions, which lie in a folder for each of them. Pure.
#include <map>
#include <string>
#include <vector>

#include "services/transcode/domain/reuse.h"

namespace cliffhanger::transcode {

// Rungs that all stretches have, under the same name, in the same size and of the same codec; best first, as
// in the first one's plan.
std::vector<media::Rung> common_rungs(const std::vector<Stretch>& stretches);
// The same of those of HEVC whose pieces are there; none unless every stretch has one.
std::vector<media::Rung> common_hevc(const std::vector<Stretch>& stretches);
// Languages in which all stretches can be heard, beside their own sound, in order.
std::vector<std::string> common_dubs(const std::vector<Stretch>& stretches);
// All tracks of a cut: pictures, sound, dubs.
std::vector<std::string> common_tracks(const std::vector<Stretch>& stretches);

// What a cut takes of each stretch: the initialisation segments and segments of the common tracks, and the
// sheets of the storyboard, named as in the stretch's own revision. Fails with REUSE_RANGE and
// REUSE_NOTHING_COMMON.
Result<std::vector<std::vector<PieceName>>> needed(const std::vector<Stretch>& stretches);

// Playlists with measured figures, I-frame playlists, the DASH manifest, the storyboard's track where all
// stretches have one, and the preview. Of what is encrypted with AES-128: no I-frame playlists, no manifest
// and no preview. `labels`: what viewers read of a dub's language; else its tag. Fails as join_track does,
// and with REUSE_NOTHING_COMMON.
Result<Presentation> cut_presentation(const std::vector<Stretch>& stretches,
                                      const std::map<std::string, std::string>& labels = {});

}  // namespace cliffhanger::transcode
