#pragma once
// Which cuts show a film, and what becomes of them when it is taken down; as a port, store/ implements it
// inside one transaction.
#include <optional>
#include <set>
#include <vector>

#include "services/transcode/domain/desk.h"

namespace cliffhanger::transcode {

// A part of a film in a cut.
struct Appearance {
  RevisionId film;
  std::int64_t from_ms = 0, to_ms = 0;  // of the film
  std::int64_t at_ms = 0;               // of the cut
};

// A cut that shows a film.
struct Showing {
  Revision cut;
  std::vector<Appearance> parts;  // in the cut's order
};

class Appearances {
 public:
  virtual ~Appearances() = default;
  // The cuts that are being made or ready and show a film of the episode, newest first, after `after`, at
  // most `most`.
  virtual Result<std::vector<Showing>> list(EpisodeId film, const OwnerFilter& owner,
                                            std::optional<RevisionId> after, int most) = 0;
  // catalog says at this version of the episode whether operators took it down. All cuts that show it follow,
  // of whichever owner: those that are being made fail, those that are ready are withheld, or if no other
  // film in them is down told of as good again. Older news than what is known of the episode, and the same
  // again, change nothing.
  virtual Result<void> hear_takedown(EpisodeId film, std::int64_t version, bool taken_down) = 0;
};

// What its creator is told of a cut that shows these films, which were taken down: FILM_TAKEN_DOWN.
Error film_taken_down(const std::set<EpisodeId>& films);

}  // namespace cliffhanger::transcode
