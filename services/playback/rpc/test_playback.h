#pragma once
// For tests: the service over a real socket and database, with a catalog and a transcode that know what tests
// put into them.
#include "services/playback/rpc/playback_rpc.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "cliffhanger/playback/v1/events.pb.h"
#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "libs/bus/test_outbox.h"
#include "libs/rpc/test_service.h"
#include "services/playback/domain/limits.h"
#include "services/playback/migrations.h"
#include "services/playback/store/pg_daily_times.h"
#include "services/playback/store/pg_keys.h"
#include "services/playback/store/pg_shelf.h"
#include "services/playback/store/pg_takedowns.h"
#include "services/playback/store/purge_queue.h"

namespace cliffhanger::playback {

using namespace std::chrono_literals;

// Knows what tests put into it.
class FakeCatalog final : public Catalog {
 public:
  Result<Watchable> resolve(const Call& call, const EpisodeId& episode, const std::string& region) override {
    ++asked;
    asked_in = region;
    if (away.contains(episode)) return fail(unavailable("UNAVAILABLE", "catalog is away."));
    const auto found = episodes.find({call.caller.tenant, episode});
    if (found == episodes.end()) return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
    Watchable out = found->second;
    out.region = region;
    return out;
  }
  Result<std::vector<Result<Watchable>>> resolve_all(const Call& call, const std::vector<EpisodeId>& wanted,
                                                     const std::string& region) override {
    ++asked;
    asked_in = region;
    std::vector<Result<Watchable>> out;
    for (const auto& episode : wanted) {
      if (away.contains(episode)) return fail(unavailable("UNAVAILABLE", "catalog is away."));
      const auto found = episodes.find({call.caller.tenant, episode});
      if (found == episodes.end())
        out.push_back(fail(not_found("EPISODE_NOT_FOUND", "There is no such episode.")));
      else
        out.push_back(found->second);
    }
    return out;
  }
  std::map<std::pair<Tenant, EpisodeId>, Watchable> episodes;
  std::set<EpisodeId> away;  // it doesn't answer when asked for these
  std::atomic<int> asked{0};
  std::string asked_in;  // which region, last
};

// Has English in the pictures of what tests put into it.
class FakeBurned final : public BurnedCaptions {
 public:
  Result<Lists> lists(const Call&, const RevisionId& revision, const std::string& language) override {
    if (language == "en" && revisions.contains(revision)) return Lists{"burned-en.m3u8", manifest};
    return fail(not_found("BURNED_CAPTIONS_NOT_FOUND", "There are none."));
  }
  std::set<RevisionId> revisions;
  std::string manifest = "burned-en.mpd";
};

class PlaybackTest : public rpc::ServiceTest {
 protected:
  PlaybackTest() : ServiceTest("playback", embedded::playback_migrations) {
    rpc_ = std::make_unique<PlaybackRpc>(PlaybackRpc::Deps{
        *pool_,
        [this](sql::Tx& tx, const Call& call) {
          return Unit{std::make_unique<PgShelf>(tx, call.caller.tenant),
                      std::make_unique<OutboxNews>(tx, outbox_, call),
                      std::make_unique<PgKeys>(tx, call.caller.tenant),
                      std::make_unique<PgTakedowns>(
                          tx, call.caller.tenant,
                          [this](const auto& told) { told_.insert(told_.end(), told.begin(), told.end()); },
                          queue_purge_),
                      std::make_unique<PgTakedownLog>(tx),
                      std::make_unique<PgDeadPurges>(tx, call.caller.tenant),
                      std::make_unique<PgDailyTimes>(tx, call.caller.tenant)};
        },
        catalog_, burned_, passes_, clock_, random_});
    serve(rpc_->service(), rpc_->daily_time_service());
  }
  ~PlaybackTest() override { stop(); }

  Watchable episode(SeriesId series, int number, const char* tenant = "default") {
    Watchable what;
    what.episode = EpisodeId::make(clock_.now(), random_);
    what.series = series;
    what.number = number;
    what.revision = RevisionId::make(clock_.now(), random_);
    what.duration_ms = 60'000;
    catalog_.episodes[{*Tenant::parse(tenant), what.episode}] = what;
    // What catalog tells when it is published.
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return PgShelf(tx, *Tenant::parse(tenant)).hear_episode(what.episode, series, number, true, 1);
    }));
    return what;
  }
  SeriesId series() { return SeriesId::make(clock_.now(), random_); }

  Result<v1::PlaybackSession> start(const Person& who, const Watchable& what, const std::string& key = "",
                                    const std::string& burned = "") {
    v1::CreateSessionRequest in;
    in.set_episode_id(what.episode.text());
    in.set_burned_captions_language(burned);
    return call<v1::CreateSessionResponse>(who, in, key).map([](const auto& out) { return out.session(); });
  }
  Result<v1::PrepareSessionsResponse> prepare(const Person& who, const std::vector<std::string>& episodes,
                                              const std::string& key = "") {
    v1::PrepareSessionsRequest in;
    for (const auto& episode : episodes) in.add_episode_ids(episode);
    return call<v1::PrepareSessionsResponse>(who, in, key);
  }
  Result<v1::Progress> report(const Person& who, const std::string& session, std::int64_t sequence,
                              std::int64_t position, v1::WatchEvent event = v1::WATCH_EVENT_PROGRESS) {
    v1::ReportProgressRequest in;
    in.set_session_id(session);
    in.set_sequence(sequence);
    in.set_event(event);
    in.set_position_ms(position);
    in.set_watched_ms(5'000);
    return call<v1::ReportProgressResponse>(who, in).map([](const auto& out) { return out.progress(); });
  }
  // Watches up to `position` at one go.
  void watch(const Person& who, const Watchable& what, std::int64_t position,
             v1::WatchEvent event = v1::WATCH_EVENT_PROGRESS) {
    const auto session = start(who, what);
    ASSERT_TRUE(session) << session.error().reason;
    clock_.advance(1s);
    ASSERT_TRUE(report(who, session->session_id(), 1, position, event));
  }
  Result<v1::ListContinueWatchingResponse> list(const Person& who, int size = 0,
                                                const std::string& token = "") {
    v1::ListContinueWatchingRequest in;
    in.set_page_size(size);
    in.set_page_token(token);
    return call<v1::ListContinueWatchingResponse>(who, in);
  }
  std::vector<std::string> listed(const Person& who) {
    std::vector<std::string> out;
    const auto got = list(who);
    EXPECT_TRUE(got);
    for (const auto& item : got->items()) out.push_back(item.episode_id());
    return out;
  }
  static std::string reason(const auto& result) { return result ? "" : result.error().reason; }

  template <class Event>
  std::vector<Event> events() {
    return bus::outbox_payloads<Event>(*pool_);
  }
  void merge(const Person& guest, const Person& user) {
    ASSERT_TRUE(
        pool_->transact([&](sql::Tx& tx) { return PgShelf(tx, guest.tenant).merge(guest.id, user.id); }));
  }

  std::vector<Takedown> told_;  // to the edges
  QueuePurge queue_purge_;      // empty unless a test sets it
  bus::Outbox outbox_{clock_, random_};
  FakeCatalog catalog_;
  FakeBurned burned_;
  hls::Keys keys_ = *hls::Keys::parse("k1:a secret of thirty-two bytes or more");
  Passes passes_{keys_, clock_};
  std::unique_ptr<PlaybackRpc> rpc_;
};

}  // namespace cliffhanger::playback
