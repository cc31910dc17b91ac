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

template <class Event>
void listen_to(bus::Consumer& consumer, const OpenViewings& viewings, const OpenActivities& activities) {
  consumer.on("playback", [=](sql::Tx& tx, const Call& call, const Event& event, Time time) -> Result<void> {
    CH_ASSIGN(const auto episode, Uuid::parse(event.episode_id()));
    CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
    CH_TRY(viewings(tx, call)->add(episode, user, watched_of(event)));
    CH_ASSIGN(const auto series, Uuid::parse(event.series_id()));
    return activities(tx, call)->add(user, {episode, series, event.episode_number()}, watched_of(event),
                                     time);
  });
}

}  // namespace

void listen(bus::Consumer& consumer, const OpenViewings& viewings, const OpenActivities& activities) {
  listen_to<playback::v1::PlaybackStarted>(consumer, viewings, activities);
  listen_to<playback::v1::PlaybackReported>(consumer, viewings, activities);
  consumer
      .on("catalog",
          [viewings](sql::Tx& tx, const Call& call,
                     const catalog::v1::EpisodeChanged& event) -> Result<void> {
            CH_ASSIGN(const auto episode, Uuid::parse(event.episode_id()));
            CH_ASSIGN(const auto owner, UserId::parse(event.owner_id()));
            return viewings(tx, call)->hear_episode(episode, owner, event.duration_ms(), event.version());
          })
      .on("accounts",
          [=](sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) -> Result<void> {
            CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
            CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
            CH_TRY(viewings(tx, call)->merge(guest, user));
            return activities(tx, call)->merge(guest, user);
          });
}

}  // namespace cliffhanger::insight
