#pragma once
// Captions in what the edge serves of a finished revision.
#include <vector>

#include "services/transcode/domain/captions_playlist.h"
#include "services/transcode/domain/cut_captions.h"
#include "services/transcode/worker/finished_index.h"

namespace cliffhanger::transcode {

// Puts these captions in place of those that the index has: their files, and their entries in main.m3u8 and
// main.mpd. Fails with OBJECT_… and BAD_RECORD.
Result<void> add_captions(FinishedIndex& index, const std::vector<CaptionsTrack>& tracks);
// The same of a cut of these stretches; in main.mpd only if it has one period, since players don't agree on what the
// times of text count from in a later one. Fails with REUSE_RANGE too.
Result<void> add_captions(FinishedIndex& index, const std::vector<Stretch>& stretches,
                          const std::vector<CutCaptions>& captions);

}  // namespace cliffhanger::transcode
