#pragma once
// What the edge reads of a revision: its playlists as objects, and an index from the names that players ask
// for to object keys.
#include <string>

#include "libs/blob/blob.h"
#include "services/transcode/domain/playlist.h"
#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// Object keys. The index of a finished revision has a key of its own: a provisional one may still be on its
// way from a worker that was cut off, and must not take its place.
std::string index_key(const Tenant& tenant, RevisionId revision, State state);
std::string piece_key(const Tenant& tenant, const PieceName& name, const std::string& sha256);

// The index as JSON: {"state": "provisional"|"ready", "objects": {"v540/0.m4s": {"key": …, "bytes": …,
// "type": …}, …}}.
std::string index_json(const Revision& revision, const Presentation& presentation);

// Writes the playlists that are not there yet, each under the key of its text.
Result<void> write_playlists(blob::Store& blobs, const Revision& revision, const Presentation& presentation);

// Writes the playlists (content-addressed, so that one is never changed under a reader) and then the index,
// unless it is the one that `revision.published` names. Gives the index's name. Writing it twice changes
// nothing.
Result<std::string> write_presentation(blob::Store& blobs, const Revision& revision,
                                       const Presentation& presentation);

// Removes the indexes, so that nothing of it is served and whoever watches learns that it goes no further.
// Nothing there is success.
Result<void> withdraw_presentation(blob::Store& blobs, const Revision& revision);

}  // namespace cliffhanger::transcode
