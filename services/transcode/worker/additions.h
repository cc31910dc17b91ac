#pragma once
// What is added to a film: its episode's captions and dubs, from the shelves into what is served.
#include <string>
#include <vector>

#include "services/transcode/domain/burn.h"
#include "services/transcode/domain/captions.h"
#include "services/transcode/domain/captions_playlist.h"
#include "services/transcode/domain/dubs.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/store/pg_dubs.h"
#include "services/transcode/worker/finished_index.h"

namespace cliffhanger::transcode {

// A dub that a revision can show, with its pieces, encrypted as the revision is.
struct ShownDub {
  DubRecord record;
  std::string track;
  Assembly pieces;
};

struct Additions {
  std::vector<CaptionsRecord> captions;
  std::vector<ShownDub> dubs;
  std::vector<Burning> burned;  // what is to be had in the pictures too
};

// Those of an episode's public captions that are to be in the pictures too. Holds the lock of
// PgCaptions::published until the transaction ends.
Result<std::vector<Burning>> burnings_of(PgCaptions& captions, EpisodeId episode,
                                         const std::vector<CaptionsRecord>& published);

// What a film shows if it is encrypted like that: the public captions, and the newest dub of each language
// that it has in whole; and the captions that belong in its pictures, which burning tasks put there. Nobody
// changes either until the transaction ends.
Result<Additions> read_additions(PgCaptions& captions, PgDubs& dubs, const Revision& film,
                                 Encryption encryption);

// Captions as viewers get them; those that can't be read are left out.
std::vector<CaptionsTrack> tracks_of(const std::vector<CaptionsRecord>& records);

// Whether the same would be shown.
bool same(const Additions& a, const Additions& b);
bool same(const std::vector<CaptionsRecord>& a, const std::vector<CaptionsRecord>& b);
// Whether the same objects are behind the same names.
bool same(const Assembly& a, const Assembly& b);

// Puts them in place of those that the index has. Captions that can't be read are left out: the film is shown
// without them. Pictures with captions in them stay as long as their language is to be had so. Fails with
// GATE_… for a dub that is not on the film's grid, OBJECT_… and BAD_RECORD.
Result<void> put_in(FinishedIndex& index, const Protection& protection, const Additions& additions);

// Viewers of the revision hear these dubs now; what was heard before in their languages goes.
Result<void> are_heard(PgDubs& shelf, RevisionId revision, const std::vector<ShownDub>& dubs);

}  // namespace cliffhanger::transcode
