#include "services/catalog/domain/takedown.h"

namespace cliffhanger::catalog {
namespace {

void settle(Episode& episode) {
  if (episode.state == EditorialState::kWithdrawn) return;
  if (episode.taken_down != Takedown::kNone || !episode.withheld.empty())
    episode.state = EditorialState::kTakenDown;
  else if (episode.state == EditorialState::kTakenDown)
    episode.state = episode.published_revision.empty() ? EditorialState::kDraft : EditorialState::kPublished;
}

}  // namespace

Error taken_down() {
  return precondition("EPISODE_TAKEN_DOWN", "The episode was taken down; operators can restore it.");
}

Result<void> check_may_be_seen(const std::string& why) {
  if (why.empty()) return {};
  return fail(precondition("FILM_TAKEN_DOWN", why));
}

bool is_away(EditorialState state) {
  return state == EditorialState::kWithdrawn || state == EditorialState::kTakenDown;
}

bool withhold(Episode& episode, const std::string& why) {
  if (episode.withheld == why || episode.state == EditorialState::kWithdrawn) return false;
  episode.withheld = why;
  settle(episode);
  return true;
}

bool take_down(Episode& episode, Takedown how) {
  if (episode.taken_down == how || episode.taken_down == Takedown::kEpisode) return false;
  episode.taken_down = how;
  settle(episode);
  return true;
}

bool take_down(Series& series) {
  if (is_away(series.state)) return false;
  series.state = EditorialState::kTakenDown;
  series.published_episodes = 0;
  series.cover_key.clear();
  return true;
}

bool restore(Episode& episode) {
  if (episode.taken_down == Takedown::kNone) return false;
  episode.taken_down = Takedown::kNone;
  settle(episode);
  return true;
}

bool restore(Series& series) {
  if (series.state != EditorialState::kTakenDown) return false;
  series.state = series.published ? EditorialState::kPublished : EditorialState::kDraft;
  return true;
}

void count_seen(Series& series, EditorialState before, EditorialState after) {
  if (before == after) return;
  if (before == EditorialState::kPublished) episode_withdrawn(series);
  if (after == EditorialState::kPublished) ++series.published_episodes;
}

}  // namespace cliffhanger::catalog
