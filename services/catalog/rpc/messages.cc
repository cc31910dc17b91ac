#include "services/catalog/rpc/messages.h"

#include "services/catalog/rpc/update_mask.h"

namespace cliffhanger::catalog {
namespace {

v1::EditorialState to_message(EditorialState state) {
  switch (state) {
    case EditorialState::kDraft:
      return v1::EDITORIAL_STATE_DRAFT;
    case EditorialState::kInReview:
      return v1::EDITORIAL_STATE_IN_REVIEW;
    case EditorialState::kPublished:
      return v1::EDITORIAL_STATE_PUBLISHED;
    case EditorialState::kWithdrawn:
      return v1::EDITORIAL_STATE_WITHDRAWN;
    case EditorialState::kTakenDown:
      return v1::EDITORIAL_STATE_TAKEN_DOWN;
  }
  return v1::EDITORIAL_STATE_UNSPECIFIED;
}

v1::MediaState to_message(MediaState state) {
  switch (state) {
    case MediaState::kNone:
      return v1::MEDIA_STATE_NONE;
    case MediaState::kProcessing:
      return v1::MEDIA_STATE_PROCESSING;
    case MediaState::kProvisional:
      return v1::MEDIA_STATE_PROVISIONAL;
    case MediaState::kReady:
      return v1::MEDIA_STATE_READY;
    case MediaState::kFailed:
      return v1::MEDIA_STATE_FAILED;
  }
  return v1::MEDIA_STATE_UNSPECIFIED;
}

// The edge serves pictures under the keys that they have in the object store.
std::string cover_url(const std::string& key) {
  return key.empty() ? "" : "/" + key;
}

void set_media(v1::Episode& out, const Episode& episode, bool editor) {
  const Media& media = episode.media;
  out.set_duration_ms(duration_ms(episode, editor));
  out.set_cover_url(cover_url(cover_key(episode, editor)));
  if (!editor && !media.ready.empty()) {
    out.set_media_state(v1::MEDIA_STATE_READY);
    out.set_media_percent(100);
    return;
  }
  out.set_media_state(to_message(media.state));
  out.set_media_percent(media.percent);
  out.set_media_failure(media.failure);
  out.set_media_failure_message(media.failure_message);
}

// For editors.
void set_takedown(v1::Episode& out, const Episode& episode) {
  if (episode.taken_down != Takedown::kNone) {
    out.set_taken_down_reason("OPERATOR_TAKEDOWN");
    out.set_taken_down_message("The operators of this platform took it down.");
  } else if (!episode.withheld.empty()) {
    out.set_taken_down_reason("FILM_TAKEN_DOWN");
    out.set_taken_down_message(episode.withheld);
  }
}

std::vector<std::string> texts(const google::protobuf::RepeatedPtrField<std::string>& in) {
  return {in.begin(), in.end()};
}

template <class Request>
std::optional<int> age_rating_of(const Request& in) {
  if (!in.has_age_rating()) return std::nullopt;
  return in.age_rating();
}

}  // namespace

v1::Series to_message(const Series& series) {
  v1::Series out;
  out.set_series_id(series.id.text());
  out.set_owner_id(series.owner.text());
  out.set_title(series.title);
  out.set_synopsis(series.synopsis);
  out.mutable_tags()->Assign(series.tags.begin(), series.tags.end());
  out.set_language(series.language);
  out.set_cover_url(cover_url(series.cover_key));
  out.set_state(to_message(series.state));
  out.set_published_episodes(series.published_episodes);
  out.set_total_episodes(series.total_episodes);
  set_time(out.mutable_create_time(), series.created);
  if (series.published) set_time(out.mutable_publish_time(), *series.published);
  out.set_version(series.version);
  if (series.age_rating) out.set_age_rating(*series.age_rating);
  out.mutable_allowed_regions()->Assign(series.regions.allowed.begin(), series.regions.allowed.end());
  out.mutable_blocked_regions()->Assign(series.regions.blocked.begin(), series.regions.blocked.end());
  return out;
}

v1::Episode to_message(const Episode& episode, bool editor) {
  v1::Episode out;
  out.set_episode_id(episode.id.text());
  out.set_series_id(episode.series.text());
  out.set_owner_id(episode.owner.text());
  out.set_number(episode.number);
  out.set_title(episode.title);
  out.set_synopsis(episode.synopsis);
  out.set_locked(episode.locked);
  out.set_state(to_message(episode.state));
  set_media(out, episode, editor);
  if (editor) set_takedown(out, episode);
  set_time(out.mutable_create_time(), episode.created);
  if (episode.published) set_time(out.mutable_publish_time(), *episode.published);
  out.set_version(episode.version);
  return out;
}

v1::ResolvePlaybackResponse to_message(const Playable& playable, bool operates) {
  v1::ResolvePlaybackResponse out;
  *out.mutable_episode() = to_message(playable.episode, playable.owner || operates);
  out.set_revision_id(playable.revision.text());
  out.set_provisional(playable.provisional);
  out.set_owner(playable.owner);
  return out;
}

NewSeries new_series(const v1::CreateSeriesRequest& in) {
  return {in.title(),    in.synopsis(),     {in.tags().begin(), in.tags().end()},
          in.language(), age_rating_of(in), {texts(in.allowed_regions()), texts(in.blocked_regions())}};
}

NewEpisode new_episode(const v1::CreateEpisodeRequest& in) {
  return {in.title(), in.synopsis(), in.number(), in.locked()};
}

Result<SeriesPatch> patch_of(const v1::UpdateSeriesRequest& in) {
  CH_ASSIGN(const auto fields, fields_to_change(in, in.update_mask(),
                                                {"title", "synopsis", "tags", "language", "age_rating",
                                                 "allowed_regions", "blocked_regions"}));
  SeriesPatch patch;
  if (fields.contains("title")) patch.title = in.title();
  if (fields.contains("synopsis")) patch.synopsis = in.synopsis();
  if (fields.contains("tags")) patch.tags.emplace(in.tags().begin(), in.tags().end());
  if (fields.contains("language")) patch.language = in.language();
  if (fields.contains("age_rating")) patch.age_rating = age_rating_of(in);
  if (fields.contains("allowed_regions")) patch.allowed_regions = texts(in.allowed_regions());
  if (fields.contains("blocked_regions")) patch.blocked_regions = texts(in.blocked_regions());
  return patch;
}

Result<EpisodePatch> patch_of(const v1::UpdateEpisodeRequest& in) {
  CH_ASSIGN(const auto fields,
            fields_to_change(in, in.update_mask(), {"title", "synopsis", "number", "locked"}));
  EpisodePatch patch;
  if (fields.contains("title")) patch.title = in.title();
  if (fields.contains("synopsis")) patch.synopsis = in.synopsis();
  if (fields.contains("number")) patch.number = in.number();
  if (fields.contains("locked")) patch.locked = in.locked();
  return patch;
}

}  // namespace cliffhanger::catalog
