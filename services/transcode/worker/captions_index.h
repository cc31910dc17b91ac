#pragma once
// Captions in what the edge serves of a finished revision.
#include <string>
#include <vector>

#include "libs/blob/blob.h"
#include "services/transcode/domain/captions_playlist.h"
#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// What the shelf keeps, read again; what can't be is left out: the film is shown without it.
std::vector<CaptionsTrack> tracks_of(const std::vector<CaptionsRecord>& records);

// A revision that is being packaged, with these captions: their files, and their entries in main.m3u8 and
// main.mpd.
Presentation with_captions(Presentation whole, const media::Grid& grid,
                           const std::vector<CaptionsTrack>& tracks);

// A finished index as it is to be.
struct EditedIndex {
  bool changed = false;
  std::string text, name;     // of the index
  Presentation presentation;  // all that it names, for inspection
};
// The revision's finished index with these captions in place of those that it has; all else in it stays as it
// is. Segments of the captions that were there are served for six hours more, for those who are watching. The
// files are objects then, but nobody sees them before the index is written, which is the caller's. Twice is
// as once. Fails with OBJECT_NOT_FOUND without a finished index, and BAD_RECORD.
Result<EditedIndex> edit_captions(blob::Store& blobs, const Revision& revision,
                                  const std::vector<CaptionsTrack>& tracks, Time now);
// The same, written. Gives the index's new name. Of a revision that the caller has locked.
Result<std::string> write_captions(blob::Store& blobs, const Revision& revision,
                                   const std::vector<CaptionsTrack>& tracks, Time now);

}  // namespace cliffhanger::transcode
