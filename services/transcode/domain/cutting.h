#pragma once
// The use case that makes a cut: a revision out of parts of finished films, without encoding.
#include <optional>
#include <vector>

#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/desk.h"
#include "services/transcode/domain/planning.h"

namespace cliffhanger::transcode {

// Part of what CutStretch names, as a caller wishes it.
struct WantedStretch {
  EpisodeId episode;
  std::int64_t from_ms = 0, to_ms = 0;
};

// The folder in a cut's index of the films that it is made of: "0/" for the first one, and so on.
std::string film_folder(std::size_t film);
// The name of a film's piece among those of a cut: in a track of its folder.
PieceName in_cut(std::size_t film, PieceName name);

// A dub of a film: the track of its clear pieces, all of which exist.
struct FilmDub {
  std::string language, track;
};

// What cutting needs of finished films, inside one transaction. store/ implements it.
class Films {
 public:
  virtual ~Films() = default;
  // Whether something of the episode is being transcoded from an upload.
  virtual Result<bool> is_being_made(EpisodeId episode) = 0;
  // The newest revision of the episode that was encoded from an upload and is ready, and whose files are
  // kept. Fails with EPISODE_NOT_FOUND where the episode has no revision of that owner or was deleted, and
  // REVISION_NOT_READY.
  virtual Result<Revision> film(EpisodeId episode, const OwnerFilter& owner) = 0;
  // Which of these episodes operators took down. None of them is taken down or restored until the transaction
  // ends. Before all locks of revisions.
  virtual Result<std::set<EpisodeId>> taken_down(const std::set<EpisodeId>& films) = 0;
  virtual Result<Assembly> assembly(RevisionId revision) = 0;
  // The newest dub of each language that viewers of the film can choose.
  virtual Result<std::vector<FilmDub>> dubs(RevisionId revision) = 0;
  virtual Result<std::vector<Piece>> dub_pieces(RevisionId revision, const FilmDub& dub) = 0;
  // The cut needs these pieces of a film, the `index`th of its films, from now on, if they are still there
  // (see Revisions::hold). Those of sound_track(language) are the dub's of that language.
  virtual Result<void> take(RevisionId cut, std::size_t index, RevisionId film,
                            const std::vector<PieceName>& names, const std::vector<FilmDub>& dubs) = 0;
};

class Cutting {
 public:
  struct Deps {
    Revisions& revisions;
    Films& films;
    const Clock& clock;
    Random& random;
  };
  explicit Cutting(Deps deps) : deps_(deps) {}

  // A revision of `episode` out of films, both `owner`'s; gives it as it is now. Fails with
  // EPISODE_NOT_FOUND, REVISION_NOT_READY, FILM_TAKEN_DOWN, REUSE_TOO_LONG above an hour, and what
  // cut_presentation() fails with.
  Result<Revision> cut(const Call& call, EpisodeId episode, UserId owner,
                       const std::vector<WantedStretch>& wanted);

 private:
  Deps deps_;
};

}  // namespace cliffhanger::transcode
