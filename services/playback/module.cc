#include "services/playback/module.h"

#include <stdexcept>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/transcode/v1/events.pb.h"
#include "libs/host/host.h"
#include "services/playback/cdn/cloudfront.h"
#include "services/playback/cdn/purger.h"
#include "services/playback/config.h"
#include "services/playback/domain/limits.h"
#include "services/playback/rpc/playback_rpc.h"
#include "services/playback/store/pg_daily_times.h"
#include "services/playback/store/pg_keys.h"
#include "services/playback/store/pg_shelf.h"
#include "services/playback/store/pg_takedowns.h"
#include "services/playback/store/purge_queue.h"
#include "services/playback/store/takedown_stream.h"

namespace cliffhanger::playback {
namespace {

hls::Keys keys_of(const Config& config) {
  auto keys = hls::Keys::parse(config.hls_keys);
  if (!keys) throw std::runtime_error("CLIFFHANGER_HLS_KEYS_FILE: " + keys.error().message);
  return std::move(*keys);
}

std::unique_ptr<CloudFront> cdn_of(const Config& config, const Clock& clock) {
  if (config.cdn.url.empty()) {
    if (!config.cdn.key_pair_id.empty() || !config.cdn.private_key.empty() ||
        !config.cdn.distribution_id.empty())
      throw std::runtime_error(
          "BAD_CDN: CLIFFHANGER_CDN_URL is needed where the other CLIFFHANGER_CDN_* are set.");
    return nullptr;
  }
  auto cdn = CloudFront::make(config.cdn, clock);
  if (!cdn) throw std::runtime_error(cdn.error().reason + ": " + cdn.error().message);
  return std::move(*cdn);
}

// What an event names; none where it names none.
Result<std::optional<RevisionId>> revision_of(const std::string& text) {
  if (text.empty()) return std::optional<RevisionId>();
  return RevisionId::parse(text).map([](const RevisionId& id) { return std::optional(id); });
}

class PlaybackModule final : public host::ServiceModule {
 public:
  PlaybackModule(const Config& config, host::Host& host)
      : ServiceModule(host, "playback"),
        keys_(keys_of(config)),
        cdn_(cdn_of(config, host.clock())),
        passes_(keys_, host.clock(), cdn_.get(), config.pass_life),
        purges_(host.clock(), host.random()),
        catalog_(client_of("catalog")),
        burned_(client_of("transcode")),
        stream_(host.redis(), log()),
        tell_edges_([this](const std::vector<Takedown>& takedowns) { stream_.tell(takedowns); }),
        rpc_({pool(),
              [this](sql::Tx& tx, const Call& call) {
                return Unit{std::make_unique<PgShelf>(tx, call.caller.tenant),
                            std::make_unique<OutboxNews>(tx, outbox(), call),
                            std::make_unique<PgKeys>(tx, call.caller.tenant),
                            std::make_unique<PgTakedowns>(tx, call.caller.tenant, tell_edges_, queue_purge_),
                            std::make_unique<PgTakedownLog>(tx),
                            std::make_unique<PgDeadPurges>(tx, call.caller.tenant),
                            std::make_unique<PgDailyTimes>(tx, call.caller.tenant)};
              },
              catalog_, burned_, passes_, host.clock(), host.random()}) {
    serve(rpc_.service());
    serve(rpc_.daily_time_service());
    listen();
    purge();
    on_erase([this](sql::Tx& tx, const Call& call, const std::vector<UserId>& people) -> Result<bool> {
      PgTakedowns takedowns(tx, call.caller.tenant, tell_edges_);
      const Time now = this->host().clock().now();
      for (const auto& user : people) CH_TRY(end_what_began(takedowns, user, now, now));
      return false;
    });
    add_loop("sweep", kSweepEvery, [this] {
      return pool().transact([this](sql::Tx& tx) -> Result<bool> {
        CH_ASSIGN(const bool days, sweep_days(tx, this->host().clock().now()));
        CH_ASSIGN(const bool more, sweep(tx, this->host().clock().now()));
        return days || more;
      });
    });
  }

 private:
  // Without a CDN nothing is queued, and what is queued since there was one waits for it.
  void purge() {
    if (!cdn_ || !cdn_->purges()) return;
    purger_ = std::make_unique<Purger>(
        Purger::Deps{pool(), purges_, *cdn_, host().metrics(), log(), host().config().replica});
    auto& loop = add_loop("purge", kPurgeIdle, [this] { return purger_->step(); });
    queue_purge_ = [this, &loop](sql::Tx& tx, const Tenant& tenant, const RevisionId& revision) {
      tx.after_commit([&loop] { loop.wake(); });
      return purges_.add(tx, tenant, revision);
    };
    add_loop("purge figures", kPurgeFigures, [this] { return purger_->measure(); });
  }
  void listen() {
    consumer()
        .on("accounts",
            [](sql::Tx& tx, const Call& call, const accounts::v1::GuestMerged& event) -> Result<void> {
              CH_ASSIGN(const auto guest, UserId::parse(event.guest_id()));
              CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
              return PgShelf(tx, call.caller.tenant).merge(guest, user);
            })
        .on("accounts",
            [this](sql::Tx& tx, const Call& call,
                   const accounts::v1::SignedOutEverywhere& event) -> Result<void> {
              CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
              PgTakedowns takedowns(tx, call.caller.tenant, tell_edges_);
              return end_what_began(takedowns, user, time_of(event.time()), this->host().clock().now());
            })
        .on("accounts",
            [this](sql::Tx& tx, const Call& call, const accounts::v1::MinorsModeChanged& event) {
              return hear(tx, call, event);
            })
        .on("catalog", [this](sql::Tx& tx, const Call& call,
                              const catalog::v1::EpisodeChanged& event) { return hear(tx, call, event); })
        .on("catalog",
            [this](sql::Tx& tx, const Call& call, const catalog::v1::EpisodeDeleted& event) -> Result<void> {
              CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
              CH_ASSIGN(const auto series, SeriesId::parse(event.series_id()));
              CH_ASSIGN(const auto ready, revision_of(event.ready_revision_id()));
              return withdraw(tx, call, episode, series, ready, event.version());
            })
        .on("transcode",
            [this](sql::Tx& tx, const Call& call, const transcode::v1::RevisionWithheld& event) {
              return hear(tx, call, event);
            })
        .on("catalog",
            [](sql::Tx& tx, const Call& call, const catalog::v1::SeriesChanged& event) -> Result<void> {
              CH_ASSIGN(const auto series, SeriesId::parse(event.series_id()));
              return PgShelf(tx, call.caller.tenant).hear_series(series, event.published(), event.version());
            });
  }

  // What was begun without it, or under another one, may not be for them.
  Result<void> hear(sql::Tx& tx, const Call& call, const accounts::v1::MinorsModeChanged& event) {
    CH_ASSIGN(const auto user, UserId::parse(event.user_id()));
    const bool bounded = event.enabled() && event.daily_minutes() > 0;
    CH_TRY(PgDailyTimes(tx, call.caller.tenant)
               .hear(user, bounded ? std::optional(event.daily_minutes()) : std::nullopt, event.time_zone(),
                     event.version()));
    if (!event.enabled()) return {};
    PgTakedowns takedowns(tx, call.caller.tenant, tell_edges_);
    return end_what_began(takedowns, user, time_of(event.time()), host().clock().now());
  }
  Result<void> hear(sql::Tx& tx, const Call& call, const catalog::v1::EpisodeChanged& event) {
    CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
    CH_ASSIGN(const auto series, SeriesId::parse(event.series_id()));
    CH_ASSIGN(const auto revision, revision_of(event.published_revision_id()));
    CH_ASSIGN(const auto ready, revision_of(event.ready_revision_id()));
    CH_TRY(PgShelf(tx, call.caller.tenant)
               .hear_episode(episode, series, event.number(), event.published(), event.version(), revision));
    if (event.withdrawn()) return withdraw(tx, call, episode, series, ready, event.version());
    PgTakedowns takedowns(tx, call.caller.tenant, tell_edges_, queue_purge_);
    return suspend_episode(takedowns, episode, ready, event.version(), event.suspended(),
                           host().clock().now());
  }
  // Also one that viewers had before a newer one, and have URLs of.
  Result<void> hear(sql::Tx& tx, const Call& call, const transcode::v1::RevisionWithheld& event) {
    CH_ASSIGN(const auto revision, RevisionId::parse(event.revision_id()));
    PgTakedowns takedowns(tx, call.caller.tenant, tell_edges_, queue_purge_);
    return withhold_revision(takedowns, revision, event.version(), !event.message().empty(),
                             host().clock().now());
  }
  Result<void> withdraw(sql::Tx& tx, const Call& call, const EpisodeId& episode, const SeriesId& series,
                        const std::optional<RevisionId>& ready, std::int64_t version) {
    PgTakedowns takedowns(tx, call.caller.tenant, tell_edges_, queue_purge_);
    return withdraw_episode(takedowns, episode, series, ready, version, host().clock().now());
  }

  const hls::Keys keys_;
  const std::unique_ptr<const CloudFront> cdn_;
  const Passes passes_;
  const PurgeQueue purges_;
  std::unique_ptr<Purger> purger_;
  QueuePurge queue_purge_;
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
