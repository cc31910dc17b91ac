#include "services/playback/module.h"

#include <stdexcept>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "libs/host/host.h"
#include "services/playback/config.h"
#include "services/playback/domain/limits.h"
#include "services/playback/rpc/playback_rpc.h"
#include "services/playback/store/pg_keys.h"
#include "services/playback/store/pg_shelf.h"
#include "services/playback/store/pg_takedowns.h"
#include "services/playback/store/takedown_stream.h"

namespace cliffhanger::playback {
namespace {

hls::Keys keys_of(const Config& config) {
  auto keys = hls::Keys::parse(config.hls_keys);
  if (!keys) throw std::runtime_error("CLIFFHANGER_HLS_KEYS_FILE: " + keys.error().message);
  return std::move(*keys);
}

class PlaybackModule final : public host::ServiceModule {
 public:
  PlaybackModule(const Config& config, host::Host& host)
      : ServiceModule(host, "playback"),
        keys_(keys_of(config)),
        catalog_(client_of("catalog")),
        burned_(client_of("transcode")),
        stream_(host.redis(), log()),
        tell_edges_([this](const std::vector<Takedown>& takedowns) { stream_.tell(takedowns); }),
        rpc_({pool(),
              [this](sql::Tx& tx, const Call& call) {
                return Unit{std::make_unique<PgShelf>(tx, call.caller.tenant),
                            std::make_unique<OutboxNews>(tx, outbox(), call),
                            std::make_unique<PgKeys>(tx, call.caller.tenant),
                            std::make_unique<PgTakedowns>(tx, call.caller.tenant, tell_edges_),
                            std::make_unique<PgTakedownLog>(tx)};
              },
              catalog_, burned_, keys_, host.clock(), host.random()}) {
    serve(rpc_.service());
    listen();
    add_loop("sweep", kSweepEvery, [this] {
      return pool().transact([this](sql::Tx& tx) { return sweep(tx, this->host().clock().now()); });
    });
  }

 private:
  void listen() {
    consumer()
        .on("accounts",
            [](sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) -> Result<void> {
              CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
              CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
              return PgShelf(tx, call.caller.tenant).merge(guest, user);
            })
        .on("catalog", [this](sql::Tx& tx, const Call& call,
                              const catalog::v1::EpisodeChanged& event) { return hear(tx, call, event); })
        .on("catalog",
            [this](sql::Tx& tx, const Call& call, const catalog::v1::EpisodeDeleted& event) -> Result<void> {
              CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
              CH_ASSIGN(const auto series, SeriesId::parse(event.series_id()));
              return withdraw(tx, call, episode, series, event.version());
            })
        .on("catalog",
            [](sql::Tx& tx, const Call& call, const catalog::v1::SeriesChanged& event) -> Result<void> {
              CH_ASSIGN(const auto series, SeriesId::parse(event.series_id()));
              return PgShelf(tx, call.caller.tenant).hear_series(series, event.published(), event.version());
            });
  }

  Result<void> hear(sql::Tx& tx, const Call& call, const catalog::v1::EpisodeChanged& event) {
    CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
    CH_ASSIGN(const auto series, SeriesId::parse(event.series_id()));
    std::optional<RevisionId> revision;
    if (!event.published_revision_id().empty()) {
      CH_ASSIGN(revision, RevisionId::parse(event.published_revision_id()));
    }
    CH_TRY(PgShelf(tx, call.caller.tenant)
               .hear_episode(episode, series, event.number(), event.published(), event.version(), revision));
    return event.withdrawn() ? withdraw(tx, call, episode, series, event.version()) : Result<void>();
  }
  Result<void> withdraw(sql::Tx& tx, const Call& call, const EpisodeId& episode, const SeriesId& series,
                        std::int64_t version) {
    PgTakedowns takedowns(tx, call.caller.tenant, tell_edges_);
    return withdraw_episode(takedowns, episode, series, version, host().clock().now());
  }

  const hls::Keys keys_;
  CatalogClient catalog_;
  TranscodeClient burned_;
  TakedownStream stream_;
  const TellEdges tell_edges_;
  PlaybackRpc rpc_;
};

}  // namespace

std::unique_ptr<host::Module> make_playback(config::Settings& settings, host::Host& host) {
  return std::make_unique<PlaybackModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::playback
