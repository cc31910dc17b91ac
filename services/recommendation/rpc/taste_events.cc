#include "services/recommendation/rpc/taste_events.h"

#include "services/recommendation/domain/listening.h"

namespace cliffhanger::recommendation {
namespace {

Time time_of(const google::protobuf::Timestamp& time) {
  return from_micros(time.seconds() * 1'000'000 + time.nanos() / 1000);
}

std::optional<Watch> watch_of(playback::v1::WatchEvent event) {
  switch (event) {
    case playback::v1::WATCH_EVENT_PROGRESS:
      return Watch::kProgress;
    case playback::v1::WATCH_EVENT_COMPLETE:
      return Watch::kCompleted;
    case playback::v1::WATCH_EVENT_SKIP:
      return Watch::kSkipped;
    default:
      return std::nullopt;  // a kind that a newer playback knows
  }
}

std::optional<Subject> subject_of(community::v1::Subject subject) {
  switch (subject) {
    case community::v1::SUBJECT_SERIES:
      return Subject::kSeries;
    case community::v1::SUBJECT_EPISODE:
      return Subject::kEpisode;
    case community::v1::SUBJECT_CREATOR:
      return Subject::kCreator;
    default:
      return std::nullopt;
  }
}

std::optional<Reaction> reaction_of(community::v1::Reaction reaction) {
  switch (reaction) {
    case community::v1::REACTION_LIKE:
      return Reaction::kLike;
    case community::v1::REACTION_FAVOURITE:
      return Reaction::kFavourite;
    case community::v1::REACTION_FOLLOW:
      return Reaction::kFollow;
    default:
      return std::nullopt;
  }
}

}  // namespace

template <class Event>
void TasteEvents::listen_to(bus::Consumer& consumer, std::string_view from) {
  consumer.on(from, [this](sql::Tx& tx, const Call& call, const Event& event) -> Result<void> {
    return hear(tx, call, event);
  });
}

void TasteEvents::listen(bus::Consumer& consumer) {
  listen_to<catalog::v1::SeriesChanged>(consumer, "catalog");
  listen_to<catalog::v1::EpisodeChanged>(consumer, "catalog");
  listen_to<playback::v1::PlaybackStarted>(consumer, "playback");
  listen_to<playback::v1::PlaybackReported>(consumer, "playback");
  listen_to<community::v1::ReactionChanged>(consumer, "community");
  listen_to<accounts::v1::GuestMerged>(consumer, "accounts");
  listen_to<accounts::v1::ConsentChanged>(consumer, "accounts");
}

Result<void> TasteEvents::hear(sql::Tx& tx, const Call& call, const catalog::v1::SeriesChanged& event) {
  SeriesFact fact;
  CH_ASSIGN(fact.id, SeriesId::parse(event.series_id()));
  CH_ASSIGN(fact.owner, UserId::parse(event.owner_id()));
  fact.published = event.published();
  fact.published_at = time_of(event.publish_time());
  fact.version = event.version();
  fact.tags.assign(event.tags().begin(), event.tags().end());
  fact.language = event.language();
  if (event.has_age_rating()) fact.age_rating = event.age_rating();
  fact.regions.allowed.assign(event.allowed_regions().begin(), event.allowed_regions().end());
  fact.regions.blocked.assign(event.blocked_regions().begin(), event.blocked_regions().end());
  return open_(tx, call)->keep(fact);
}

Result<void> TasteEvents::hear(sql::Tx& tx, const Call& call, const catalog::v1::EpisodeChanged& event) {
  EpisodeFact fact;
  CH_ASSIGN(fact.id, EpisodeId::parse(event.episode_id()));
  CH_ASSIGN(fact.series, SeriesId::parse(event.series_id()));
  fact.number = event.number();
  fact.published = event.published();
  fact.version = event.version();
  return open_(tx, call)->keep(fact);
}

template <class Event>
Result<void> TasteEvents::watched(sql::Tx& tx, const Call& call, const Event& event, Watch what) {
  CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
  CH_ASSIGN(const auto series, SeriesId::parse(event.series_id()));
  CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
  const auto memory = open_(tx, call);
  std::string region;
  if constexpr (std::is_same_v<Event, playback::v1::PlaybackStarted>) region = event.viewer_region();
  CH_TRY(Listening(*memory, policy_, clock_.now()).watched(user, series, episode, what, region));
  const auto session = SessionId::parse(event.session_id());
  if (!session) return {};
  PlayReport report{*session, series, episode, event.has_time() ? time_of(event.time()) : clock_.now(), what};
  if constexpr (std::is_same_v<Event, playback::v1::PlaybackReported>) {
    report.watched_ms = event.watched_ms();
    report.duration_ms = event.duration_ms();
  }
  return memory->note_play(user, report);
}

Result<void> TasteEvents::hear(sql::Tx& tx, const Call& call, const playback::v1::PlaybackStarted& event) {
  return watched(tx, call, event, Watch::kStarted);
}

Result<void> TasteEvents::hear(sql::Tx& tx, const Call& call, const playback::v1::PlaybackReported& event) {
  const auto what = watch_of(event.event());
  if (!what) return {};
  return watched(tx, call, event, *what);
}

Result<void> TasteEvents::hear(sql::Tx& tx, const Call& call, const community::v1::ReactionChanged& event) {
  const auto subject = subject_of(event.subject());
  const auto reaction = reaction_of(event.reaction());
  if (!subject || !reaction) return {};
  CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
  CH_ASSIGN(const auto id, Uuid::parse(event.subject_id()));
  const auto memory = open_(tx, call);
  return Listening(*memory, policy_, clock_.now())
      .reacted(user, {*subject, id, *reaction}, event.set(), event.version());
}

Result<void> TasteEvents::hear(sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) {
  CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
  CH_ASSIGN(const auto account, UserId::parse(event.user_id()));
  CH_TRY(open_(tx, call)->merge(guest, account));
  if (shown_ != nullptr) shown_->merge(call.caller.tenant, guest, account);
  return {};
}

Result<void> TasteEvents::hear(sql::Tx& tx, const Call& call, const accounts::v1::ConsentChanged& event) {
  CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
  for (const auto& one : event.decisions()) {
    if (one.purpose() == accounts::v1::CONSENT_PURPOSE_PROFILING)
      CH_TRY(open_(tx, call)->hear_consent(user, one.granted(), event.version()));
    if (one.purpose() == accounts::v1::CONSENT_PURPOSE_MARKETING)
      CH_TRY(open_(tx, call)->hear_marketing(user, one.granted(), event.version()));
  }
  return {};
}

}  // namespace cliffhanger::recommendation
