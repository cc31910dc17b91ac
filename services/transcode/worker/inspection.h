#pragma once
// The second half of the gate: the assembled playlists and the objects that they name, held against every
// rule of docs/CONFORMANCE.md (libs/conformance), as a player would find them.
#include <string>
#include <vector>

#include "libs/blob/blob.h"
#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

// Judges the main playlist and all that it names; of segments only their boxes and the first bytes of key
// frames are read. Gives the SHOULDs that are not met, as sentences. Fails with GATE_NOT_CONFORMANT, whose
// sentence names the first MUST that is not met and the place, and with OBJECT_STORE_FAILED.
Result<std::vector<std::string>> inspect(blob::Store& blobs, const Presentation& presentation);

}  // namespace cliffhanger::transcode
