#include "services/insight/rpc/viewing_events.h"

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/playback/v1/events.pb.h"

namespace cliffhanger::insight {
namespace {

Watched watched_of(const playback::v1::PlaybackStarted&) {
  return {.plays = 1};
}

Watched watched_of(const playback::v1::PlaybackReported& event) {
  return {.plays = 0,
          .position_ms = event.position_ms(),
          .watched_ms = event.watched_ms(),
          .completed = event.event() == playback::v1::WATCH_EVENT_COMPLETE,
          .skips = event.event() == playback::v1::WATCH_EVENT_SKIP};
}

// Of what was told before playback said when, the time is that of hearing.
template <class Event>
Time when_of(const Event& event, const Clock& clock) {
  return event.has_time() ? time_of(event.time()) : clock.now();
}

Viewership viewership_of(const playback::v1::PlaybackStarted& event, const Clock& clock) {
  const Time when = when_of(event, clock);
  Viewership out;
  out.plays = 1;
  out.first = out.last = when;
  out.reach = {0, when, false};
  return out;
}

Viewership viewership_of(const playback::v1::PlaybackReported& event, const Clock& clock) {
  const Time when = when_of(event, clock);
  const Watched watched = watched_of(event);
  const auto& context = event.context();
  Viewership out;
  out.watched_ms = watched.watched_ms;
  out.skips = watched.skips;
  if (watched.completed) out.completed = when;
  out.first = out.last = when;
  out.reach = {watched.position_ms, when, watched.skips > 0};
  // What a newer contract may name is not known here.
  out.origin = {when, playback::v1::WatchSource_IsValid(context.source()) ? context.source() : 0,
                playback::v1::DeviceClass_IsValid(context.device()) ? context.device() : 0,
                context.region().size() == 2 ? context.region() : ""};
  out.times = SecondCounts::of(watched.position_ms, watched.watched_ms);
  return out;
}

// An id of an event; none where older events have none.
Result<Uuid> id_or_none(const std::string& text) {
  return text.empty() ? Result<Uuid>(Uuid()) : Uuid::parse(text);
}

template <class Event>
Result<Film> film_of(const Event& event) {
  Film out;
  CH_ASSIGN(out.series, Uuid::parse(event.series_id()));
  CH_ASSIGN(out.episode, Uuid::parse(event.episode_id()));
  CH_ASSIGN(out.revision, id_or_none(event.revision_id()));
  out.number = event.episode_number();
  return out;
}

template <class Event>
void listen_to(bus::Consumer& consumer, const Listening& to) {
  consumer.on("playback", [to](sql::Tx& tx, const Call& call, const Event& event, Time time) -> Result<void> {
    CH_ASSIGN(const auto film, film_of(event));
    CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
    if (to.consents) {
      CH_ASSIGN(const bool may, to.consents(tx, call)->may_analyse(user));
      if (!may) return {};
    }
    if constexpr (std::is_same_v<Event, playback::v1::PlaybackStarted>)
      if (to.begun) CH_TRY(to.begun(tx, call, film, user));
    CH_TRY(to.viewings(tx, call)->add(film.episode, user, watched_of(event)));
    CH_TRY(to.audience(tx, call)->add(film, user, viewership_of(event, to.clock)));
    return to.activities(tx, call)->add(user, {film.episode, film.series, film.number}, watched_of(event),
                                        time);
  });
}

}  // namespace

void listen(bus::Consumer& consumer, const Listening& to) {
  listen_to<playback::v1::PlaybackStarted>(consumer, to);
  listen_to<playback::v1::PlaybackReported>(consumer, to);
  consumer
      .on("catalog",
          [to](sql::Tx& tx, const Call& call, const catalog::v1::EpisodeChanged& event) -> Result<void> {
            Film film;
            CH_ASSIGN(film.episode, Uuid::parse(event.episode_id()));
            CH_ASSIGN(film.series, Uuid::parse(event.series_id()));
            CH_ASSIGN(const auto owner, UserId::parse(event.owner_id()));
            film.number = event.number();
            CH_TRY(to.viewings(tx, call)->hear_episode(film.episode, owner, event.duration_ms(),
                                                       event.version()));
            return to.audience(tx, call)->hear_episode(film, event.published(), event.version());
          })
      .on("accounts",
          [to](sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) -> Result<void> {
            CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
            CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
            bool may_stick = true;
            if (to.consents) {
              CH_ASSIGN(may_stick, to.consents(tx, call)->may_analyse(user));
            }
            CH_TRY(to.viewings(tx, call)->merge(guest, user));
            CH_TRY(to.audience(tx, call)->merge(guest, user));
            return to.activities(tx, call)->merge(guest, user, may_stick);
          });
}

}  // namespace cliffhanger::insight
