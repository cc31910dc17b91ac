#include "services/catalog/domain/episode.h"

#include <algorithm>

#include "services/catalog/domain/takedown.h"
#include "services/catalog/limits.h"

namespace cliffhanger::catalog {
namespace {

// Sets `field` to what `wanted` says, if anything; whether that changed it.
template <class T>
bool set(T& field, const std::optional<T>& wanted) {
  if (!wanted || *wanted == field) return false;
  field = *wanted;
  return true;
}

}  // namespace

Result<void> check_title(const std::string& title) {
  const bool blank =
      std::all_of(title.begin(), title.end(), [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
  if (blank) return fail(invalid("INVALID_REQUEST", "A title is needed.", {{"title", "is required"}}));
  return {};
}

Result<bool> change(Episode& episode, const EpisodePatch& patch) {
  if (patch.title) CH_TRY(check_title(*patch.title));
  if (patch.number && (*patch.number < 1 || *patch.number > kEpisodesPerSeries)) {
    return fail(invalid("INVALID_REQUEST", "The number is out of range.",
                        {{"number", "must be 1 to " + std::to_string(kEpisodesPerSeries)}}));
  }
  bool changed = set(episode.title, patch.title);
  changed |= set(episode.synopsis, patch.synopsis);
  changed |= set(episode.number, patch.number);
  changed |= set(episode.locked, patch.locked);
  return changed;
}

Result<bool> publish(Episode& episode, bool review, RevisionId watched, Time now) {
  if (episode.state == EditorialState::kWithdrawn) {
    return fail(
        precondition("EPISODE_WITHDRAWN", "The episode was withdrawn; a withdrawn episode stays away."));
  }
  if (episode.taken_down != Takedown::kNone) return fail(taken_down());
  if (!watched.empty() && watched == episode.published_revision) return false;
  if (episode.media.ready.empty()) {
    return fail(precondition("EPISODE_NOT_READY", "The episode has no media that passed the checks yet."));
  }
  if (!watched.empty() && watched != episode.media.ready) {
    return fail(precondition("REVISION_CHANGED", "Another film than that is ready now; watch it first.")
                    .with("revision_id", episode.media.ready.text()));
  }
  if (!episode.published_revision.empty()) return !review && replace_film(episode);
  if (review) {
    const bool changed = episode.state != EditorialState::kInReview;
    episode.state = EditorialState::kInReview;
    return changed;
  }
  episode.state = EditorialState::kPublished;
  episode.published = now;
  replace_film(episode);
  return true;
}

bool withdraw(Episode& episode) {
  if (episode.state == EditorialState::kWithdrawn) return false;
  episode.state = EditorialState::kWithdrawn;
  episode.published_revision = RevisionId();
  episode.published_duration_ms = 0;
  episode.published_cover_key.clear();
  episode.withheld.clear();
  return true;
}

bool replace_film(Episode& episode) {
  const bool shown = !episode.published_revision.empty() || episode.state == EditorialState::kPublished;
  if (!shown || episode.published_revision == episode.media.ready) return false;
  episode.published_revision = episode.media.ready;
  episode.published_duration_ms = episode.media.ready_duration_ms;
  episode.published_cover_key = episode.media.cover_key;
  withhold(episode, "");
  return true;
}

std::int64_t duration_ms(const Episode& episode, bool editor) {
  const bool shown = !episode.published_revision.empty();
  return shown && !editor ? episode.published_duration_ms : duration_ms(episode.media);
}

const std::string& cover_key(const Episode& episode, bool editor) {
  const bool shown = !episode.published_revision.empty();
  return shown && !editor ? episode.published_cover_key : episode.media.cover_key;
}

}  // namespace cliffhanger::catalog
