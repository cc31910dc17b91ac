#pragma once
// Captions in what the edge serves of a finished revision.
#include <string>
#include <vector>

#include "libs/blob/blob.h"
#include "services/transcode/domain/captions_playlist.h"
#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// Puts these captions in place of those that the revision's finished index has: their files, and their
// entries in main.m3u8 and main.mpd. All else in the index stays as it is. Segments of
// the captions that were there are served for six hours more, for those who are watching. Gives the
// index's new name. Twice is as once. Of a revision that the caller has locked; fails with OBJECT_NOT_FOUND
// without a finished index, and BAD_RECORD.
Result<std::string> write_captions(blob::Store& blobs, const Revision& revision,
                                   const std::vector<CaptionsTrack>& tracks, Time now);

}  // namespace cliffhanger::transcode
