#include "services/catalog/domain/publishing.h"

#include "services/catalog/domain/access.h"

namespace cliffhanger::catalog {

Result<Episode> Publishing::publish(EpisodeId id, RevisionId watched) {
  CH_ASSIGN(auto edited, edit_episode(library_, caller_, id));
  auto& [series, episode] = edited;
  CH_ASSIGN(const bool reviewed, library_.review_required());
  const Time now = clock_.now();
  const bool was_published = episode.state == EditorialState::kPublished;
  const bool review = reviewed && caller_.role != Role::kOperator;
  CH_ASSIGN(const bool changed, catalog::publish(episode, review, watched, now));
  if (!changed) return std::move(episode);
  if (!was_published && episode.state == EditorialState::kPublished) {
    CH_TRY(episode_published(series, now));
    CH_TRY(library_.save(series));
  }
  CH_TRY(library_.save(episode));
  return std::move(episode);
}

Result<Episode> Publishing::withdraw(EpisodeId id) {
  CH_ASSIGN(auto edited, edit_episode(library_, caller_, id));
  auto& [series, episode] = edited;
  const bool was_published = episode.state == EditorialState::kPublished;
  if (!catalog::withdraw(episode)) return std::move(episode);
  CH_TRY(library_.save(episode));
  if (was_published) {
    episode_withdrawn(series);
    CH_TRY(library_.save(series));
  }
  return std::move(episode);
}

Result<Series> Publishing::withdraw(SeriesId id) {
  CH_ASSIGN(auto series, edit_series(library_, caller_, id));
  if (!catalog::withdraw(series)) return series;
  CH_ASSIGN(auto episodes, library_.lock_episodes(id));
  for (auto& episode : episodes) {
    if (catalog::withdraw(episode)) CH_TRY(library_.save(episode));
  }
  CH_TRY(library_.save(series));
  return series;
}

Result<bool> Publishing::require_review(bool required) {
  CH_TRY(library_.require_review(required));
  return required;
}

Result<void> Publishing::hear(EpisodeId id, const MediaNews& news) {
  CH_ASSIGN(auto episode, library_.lock_episode(id));
  if (!episode) return {};
  const RevisionId before = episode->media.ready;
  if (!apply(episode->media, news)) return {};
  CH_ASSIGN(const bool reviewed, library_.review_required());
  // Later news of something else must not bring what waits.
  const bool takes = episode->media.ready != before && !news.waits && !reviewed;
  return takes && replace_film(*episode) ? library_.save(*episode) : library_.save_media(*episode);
}

}  // namespace cliffhanger::catalog
