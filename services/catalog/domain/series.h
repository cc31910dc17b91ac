#pragma once
#include <optional>
#include <string>
#include <vector>

#include "services/catalog/domain/episode.h"
#include "services/catalog/domain/regions.h"

namespace cliffhanger::catalog {

struct Series {
  SeriesId id;
  UserId owner;
  std::string title, synopsis;
  std::vector<std::string> tags;                  // no two alike
  std::string language;                           // BCP 47
  std::optional<int> age_rating;                  // 0 to kAdult; none: nobody said
  Regions regions;                                // where it may be shown
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
  std::optional<std::optional<int>> age_rating = {};  // none within: not rated any more
  std::optional<std::vector<std::string>> allowed_regions = {}, blocked_regions = {};
};

// Whether viewers find it: published, and with something to watch.
bool visible(const Series& series);

// From which age on it is shown to who is in minors' mode.
int least_age(const Series& series);

// To whom something may be shown.
struct Audience {
  int greatest_rating;  // kAdult: no minor
  std::string region;   // of ISO 3166-1; empty: not known
};
bool fits(const Series& series, const Audience& audience);

// Gives whether anything changed. Fails with INVALID_REQUEST.
Result<bool> change(Series& series, const SeriesPatch& patch);

// Fails with INVALID_REQUEST unless it is none or from 0 to kAdult.
Result<void> check_age_rating(std::optional<int> rating);

// Each once, in the order given.
std::vector<std::string> without_repeats(const std::vector<std::string>& tags);

// Makes room for one more episode. Fails with SERIES_WITHDRAWN, SERIES_TAKEN_DOWN, SERIES_FULL.
Result<void> add_episode(Series& series);

// One of its episodes that was never published was deleted.
void episode_deleted(Series& series);

// One of its episodes was published: the first one publishes the series. Fails with SERIES_WITHDRAWN,
// SERIES_TAKEN_DOWN.
Result<void> episode_published(Series& series, Time now);

// One of its published episodes was withdrawn.
void episode_withdrawn(Series& series);

// Takes it away with all its episodes. Gives whether anything changed.
bool withdraw(Series& series);

}  // namespace cliffhanger::catalog
