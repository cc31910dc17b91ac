#pragma once
#include <optional>
#include <string>
#include <vector>

#include "services/catalog/domain/episode.h"

namespace cliffhanger::catalog {

struct Series {
  SeriesId id;
  UserId owner;
  std::string title, synopsis;
  std::vector<std::string> tags;                  // no two alike
  std::string language;                           // BCP 47
  EditorialState state = EditorialState::kDraft;  // never kInReview: only episodes are reviewed
  int published_episodes = 0;
  int total_episodes = 0;
  std::string cover_key;  // of the first published episode; read only
  Time created{};
  std::optional<Time> published;
  std::int64_t version = 0;  // counts up by one with each change

  bool operator==(const Series&) const = default;
};

struct SeriesPatch {
  std::optional<std::string> title = {}, synopsis = {};
  std::optional<std::vector<std::string>> tags = {};
  std::optional<std::string> language = {};
};

// Whether viewers find it: published, and with something to watch.
bool visible(const Series& series);

// Gives whether anything changed. Fails with INVALID_REQUEST.
Result<bool> change(Series& series, const SeriesPatch& patch);

// Each once, in the order given.
std::vector<std::string> without_repeats(const std::vector<std::string>& tags);

// Makes room for one more episode. Fails with SERIES_WITHDRAWN, SERIES_FULL.
Result<void> add_episode(Series& series);

// One of its episodes that was never published was deleted.
void episode_deleted(Series& series);

// One of its episodes was published: the first one publishes the series. Fails with SERIES_WITHDRAWN.
Result<void> episode_published(Series& series, Time now);

// One of its published episodes was withdrawn.
void episode_withdrawn(Series& series);

// Takes it away with all its episodes. Gives whether anything changed.
bool withdraw(Series& series);

}  // namespace cliffhanger::catalog
