#include "services/catalog/domain/publishing.h"

#include "services/catalog/domain/access.h"
#include "services/catalog/domain/takedown.h"

namespace cliffhanger::catalog {

Result<Episode> Publishing::publish(EpisodeId id, RevisionId watched) {
  CH_ASSIGN(auto edited, edit_episode(library_, caller_, id));
  auto& [series, episode] = edited;
  CH_ASSIGN(const bool reviewed, library_.review_required());
  const Time now = clock_.now();
  const bool was_published = episode.state == EditorialState::kPublished;
  const bool review = reviewed && caller_.role != Role::kOperator;
  const bool again = !watched.empty() && watched == episode.published_revision && episode.withheld.empty();
  const bool is_down = episode.state == EditorialState::kWithdrawn || episode.taken_down != Takedown::kNone;
  if (!again && !is_down && !episode.media.ready.empty()) {
    CH_ASSIGN(const std::string why, library_.withheld(episode.media.ready));
    CH_TRY(check_may_be_seen(why));
  }
  CH_ASSIGN(const bool changed, catalog::publish(episode, review, watched, now));
  if (!changed) return std::move(episode);
  if (!was_published && episode.state == EditorialState::kPublished) {
    CH_TRY(episode_published(series, now));
    CH_TRY(library_.save(series));
  }
  CH_TRY(library_.save(episode));
  return std::move(episode);
}

bool Publishing::takes_down(UserId owner) const {
  return caller_.role == Role::kOperator && caller_.user != owner;
}

Result<Episode> Publishing::withdraw(EpisodeId id) {
  CH_ASSIGN(auto edited, edit_episode(library_, caller_, id));
  auto& [series, episode] = edited;
  const auto before = episode.state;
  const bool changed =
      takes_down(episode.owner) ? take_down(episode, Takedown::kEpisode) : catalog::withdraw(episode);
  if (!changed) return std::move(episode);
  CH_TRY(library_.save(episode));
  if (before == EditorialState::kPublished) {
    count_seen(series, before, episode.state);
    CH_TRY(library_.save(series));
  }
  return std::move(episode);
}

// Also of a series that its owner withdrew: what shows its films goes with the takedown only.
Result<Series> Publishing::withdraw(SeriesId id) {
  CH_ASSIGN(auto series, edit_series(library_, caller_, id));
  const bool down = takes_down(series.owner);
  CH_ASSIGN(auto episodes, library_.lock_episodes(id));
  for (auto& episode : episodes) {
    if (down ? take_down(episode, Takedown::kSeries) : catalog::withdraw(episode))
      CH_TRY(library_.save(episode));
  }
  if (down ? take_down(series) : catalog::withdraw(series)) CH_TRY(library_.save(series));
  return series;
}

Result<Episode> Publishing::restore(EpisodeId id) {
  CH_ASSIGN(auto edited, edit_episode(library_, caller_, id));
  auto& [series, episode] = edited;
  if (episode.taken_down == Takedown::kNone) return std::move(episode);
  if (series.state == EditorialState::kTakenDown)
    return fail(precondition("SERIES_TAKEN_DOWN", "The whole series was taken down; restore that first."));
  const auto before = episode.state;
  catalog::restore(episode);
  CH_TRY(library_.save(episode));
  if (episode.state == EditorialState::kPublished) {
    count_seen(series, before, episode.state);
    CH_TRY(library_.save(series));
  }
  return std::move(episode);
}

Result<Series> Publishing::restore(SeriesId id) {
  CH_ASSIGN(auto series, edit_series(library_, caller_, id));
  bool changed = catalog::restore(series);
  CH_ASSIGN(auto episodes, library_.lock_episodes(id));
  for (auto& episode : episodes) {
    const auto before = episode.state;
    if (episode.taken_down != Takedown::kSeries || !catalog::restore(episode)) continue;
    count_seen(series, before, episode.state);
    changed = true;
    CH_TRY(library_.save(episode));
  }
  if (changed) CH_TRY(library_.save(series));
  return series;
}

Result<bool> Publishing::require_review(bool required) {
  CH_TRY(library_.require_review(required));
  return required;
}

Result<void> Publishing::hear(EpisodeId id, const MediaNews& news) {
  // A film that may be seen brings back an episode whose film may not: the series is locked first, always.
  std::optional<Series> series;
  if (news.state == MediaState::kReady) {
    CH_ASSIGN(const auto glance, library_.find_episode(id));
    if (!glance) return {};
    CH_ASSIGN(series, library_.lock_series(glance->series));
  }
  CH_ASSIGN(auto episode, library_.lock_episode(id));
  if (!episode) return {};
  const RevisionId ready = episode->media.ready;
  if (!apply(episode->media, news)) return {};
  CH_ASSIGN(const bool reviewed, library_.review_required());
  // Later news of something else must not bring what waits.
  const bool takes = episode->media.ready != ready && !news.waits && !reviewed;
  const auto before = episode->state;
  if (!takes || !replace_film(*episode)) return library_.save_media(*episode);
  CH_ASSIGN(const std::string why, library_.withheld(episode->media.ready));
  withhold(*episode, why);
  if (series && episode->state != before) {
    count_seen(*series, before, episode->state);
    CH_TRY(library_.save(*series));
  }
  return library_.save(*episode);
}

Result<void> Publishing::hear_withheld(EpisodeId id, RevisionId revision, std::int64_t version,
                                       const std::string& why) {
  CH_ASSIGN(const bool is_news, library_.note_withheld(revision, version, why));
  CH_ASSIGN(const auto glance, library_.find_episode(id));
  if (!is_news || !glance) return {};
  CH_ASSIGN(auto series, library_.lock_series(glance->series));
  CH_ASSIGN(auto episode, library_.lock_episode(id));
  if (!series || !episode || episode->published_revision != revision) return {};
  const auto before = episode->state;
  if (!withhold(*episode, why)) return {};
  if (episode->state != before) {
    count_seen(*series, before, episode->state);
    CH_TRY(library_.save(*series));
  }
  return library_.save(*episode);
}

}  // namespace cliffhanger::catalog
