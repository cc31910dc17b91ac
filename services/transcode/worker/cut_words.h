#pragma once
// What a cut says: the public captions of the films that it shows. They follow those films, also once it is
// ready; what it says of a film that was replaced by one of another source, which its episode's captions are
// timed by from then on, or whose episode is gone, stays as it is.
#include <map>
#include <set>
#include <vector>

#include "services/transcode/domain/reuse.h"
#include "services/transcode/store/pg_captions.h"
#include "services/transcode/worker/finished_index.h"

namespace cliffhanger::transcode {

struct CutWords {
  std::map<EpisodeId, std::vector<CaptionsRecord>> films;  // by the films' episodes
  // Those of them that say nothing new to the cut: of these `films` has only what was put before.
  std::set<EpisodeId> replaced;
};

// Those that are timed by what the cut shows. Nobody changes them until the transaction ends.
Result<CutWords> read_words(PgCaptions& captions, const Revision& cut);
bool same(const CutWords& a, const CutWords& b);
// Whether there are any.
bool is_silent(const CutWords& words);

// Puts them in place of those that the index of the cut has, but for those of films that were replaced which
// are nowhere else; `stretches` are the cut's. Captions that can't be read are left out. Fails with OBJECT_…
// and BAD_RECORD.
Result<void> put_words(FinishedIndex& index, const Revision& cut, const std::vector<Stretch>& stretches,
                       const CutWords& words);

}  // namespace cliffhanger::transcode
