#include "services/transcode/rpc/episode_events.h"

namespace cliffhanger::transcode {

Result<void> hear_changed(Episodes& episodes, const catalog::v1::EpisodeChanged& event) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
  std::optional<RevisionId> published;
  if (!event.published_revision_id().empty()) {
    CH_ASSIGN(published, RevisionId::parse(event.published_revision_id()));
  }
  // From a replica that does not say which yet: better to keep everything.
  if (event.published() && !published) return episodes.episode_unclear(episode, event.version());
  return episodes.episode_changed(episode, event.version(), published);
}

Result<void> hear_takedown(Appearances& appearances, const catalog::v1::EpisodeChanged& event) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
  return appearances.hear_takedown(episode, event.version(), event.taken_down());
}

Result<void> hear_deleted(Episodes& episodes, const catalog::v1::EpisodeDeleted& event) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
  return episodes.episode_deleted(episode, event.version());
}

}  // namespace cliffhanger::transcode
