#pragma once
#include <optional>
#include <string>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/core/result.h"
#include "services/catalog/domain/media.h"

namespace cliffhanger::catalog {

// draft → in review → published → withdrawn; each may go on to any later one, none goes back. kTakenDown is
// not its creator's: see takedown.h.
enum class EditorialState { kDraft, kInReview, kPublished, kWithdrawn, kTakenDown };

// Whether operators took an episode down, by itself or with its series.
enum class Takedown { kNone, kEpisode, kSeries };

struct Episode {
  EpisodeId id;
  SeriesId series;
  UserId owner;
  int number = 0;  // position in the series, from 1, unique there
  std::string title, synopsis;
  bool locked = false;
  EditorialState state = EditorialState::kDraft;
  Media media;
  RevisionId published_revision;  // what viewers get, or in kTakenDown what they got and may get back
  std::int64_t published_duration_ms = 0;
  std::string published_cover_key;
  Takedown taken_down = Takedown::kNone;
  std::string withheld;  // why the published revision must not be seen, for people; empty: it may
  Time created{};
  std::optional<Time> published;
  // Counts up by one with each editorial or visible change. Progress of encoding does not count, so that an
  // editor's screen stays valid.
  std::int64_t version = 0;

  bool operator==(const Episode&) const = default;
};

// What an editor may change; what is absent stays.
struct EpisodePatch {
  std::optional<std::string> title = {}, synopsis = {};
  std::optional<int> number = {};
  std::optional<bool> locked = {};
};

// Whether a title has something to read. Fails with INVALID_REQUEST.
Result<void> check_title(const std::string& title);

// Gives whether anything changed. That a number is free is the caller's to check. Fails with INVALID_REQUEST.
Result<bool> change(Episode& episode, const EpisodePatch& patch);

// Publishes the newest revision that is ready, or with `review` sends the episode to review; one that is
// published keeps its film then. `watched`: the revision that is meant, empty for whichever is ready. Gives
// whether anything changed. Fails with EPISODE_WITHDRAWN, EPISODE_TAKEN_DOWN, EPISODE_NOT_READY,
// REVISION_CHANGED.
Result<bool> publish(Episode& episode, bool review, RevisionId watched, Time now);

// Gives whether anything changed.
bool withdraw(Episode& episode);

// Lets viewers have the newest revision that is ready, if they have an older one; that it may be seen is the
// caller's to check. What was away for the older one's sake is published again. Gives whether anything
// changed.
bool replace_film(Episode& episode);

// Milliseconds and picture of the film that an editor works on, or that viewers get.
std::int64_t duration_ms(const Episode& episode, bool editor);
const std::string& cover_key(const Episode& episode, bool editor);

}  // namespace cliffhanger::catalog
