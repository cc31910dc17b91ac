#pragma once
// Dubs in what the edge serves of a finished revision.
#include <string>
#include <vector>

#include "services/transcode/domain/dubs.h"
#include "services/transcode/worker/finished_index.h"

namespace cliffhanger::transcode {

// A dub with its pieces, of the track `track`, encrypted as the revision is. They outlive the call.
struct DubMedia {
  const Dub* dub = nullptr;
  const Assembly* pieces = nullptr;
  std::string track;
};

// How the revision's segments are encrypted. Fails with OBJECT_… and BAD_RECORD.
Result<Protection> protection_of(const FinishedIndex& index);

// Puts these dubs in place of those that the index has: their playlists and segments, their entries in main.m3u8 and main.mpd, and
// the figures of all variants. Fails with GATE_… for a dub that is not on the revision's grid, OBJECT_… and BAD_RECORD.
Result<void> add_dubs(FinishedIndex& index, const Protection& protection, const std::vector<DubMedia>& dubs);

}  // namespace cliffhanger::transcode
