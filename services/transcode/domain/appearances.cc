#include "services/transcode/domain/appearances.h"

namespace cliffhanger::transcode {

Error film_taken_down(const std::set<EpisodeId>& films) {
  constexpr std::size_t kNamed = 3;
  std::string which;
  std::size_t named = 0;
  for (const EpisodeId film : films) {
    if (named++ == kNamed) break;
    which += (which.empty() ? "" : ", ") + film.text();
  }
  if (films.size() > kNamed) which += " and " + std::to_string(films.size() - kNamed) + " more";
  const std::string what = films.size() == 1 ? "A film in it was taken down: episode " + which
                                             : "Films in it were taken down: episodes " + which;
  return precondition("FILM_TAKEN_DOWN", what + ".");
}

}  // namespace cliffhanger::transcode
