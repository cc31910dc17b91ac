#pragma once
#include "libs/core/call.h"
#include "libs/core/random.h"
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

struct NewSeries {
  std::string title, synopsis;
  std::vector<std::string> tags;
  std::string language;
  std::optional<int> age_rating = {};
  Regions regions = {};
};
struct NewEpisode {
  std::string title, synopsis;
  int number = 0;  // 0: after the last one
  bool locked = false;
};

// What creators write. Lives for one request; what it is made of outlives it.
class Authoring {
 public:
  struct Deps {
    Library& library;
    const Clock& clock;
    Random& random;
  };
  Authoring(const Caller& caller, Deps deps) : caller_(caller), deps_(deps) {}

  // Fails with INVALID_REQUEST, OWNER_MISSING.
  Result<Series> create_series(const NewSeries& wanted);
  // `version` 0: whatever it is. Fails with SERIES_NOT_FOUND, VERSION_MISMATCH, INVALID_REQUEST.
  Result<Series> update_series(SeriesId id, const SeriesPatch& patch, std::int64_t version);
  // Fails with SERIES_NOT_FOUND, SERIES_WITHDRAWN, SERIES_FULL, EPISODE_NUMBER_TAKEN, INVALID_REQUEST.
  Result<Episode> create_episode(SeriesId id, const NewEpisode& wanted);
  // Only what viewers never saw. Fails with EPISODE_NOT_FOUND, EPISODE_WAS_PUBLISHED.
  Result<void> delete_episode(EpisodeId id);
  // Fails with EPISODE_NOT_FOUND, VERSION_MISMATCH, EPISODE_NUMBER_TAKEN, INVALID_REQUEST.
  Result<Episode> update_episode(EpisodeId id, const EpisodePatch& patch, std::int64_t version);

 private:
  Result<int> free_number(SeriesId id, int wanted);
  const Caller& caller_;
  Deps deps_;
};

}  // namespace cliffhanger::catalog
