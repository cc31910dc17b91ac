#pragma once
// Events in, feeds out, with a real database; catalog is what the test says it has.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/rpc/feed_rpc.h"
#include "services/recommendation/rpc/notifications_rpc.h"
#include "services/recommendation/store/pg_catalogue.h"
#include "services/recommendation/store/pg_decisions.h"
#include "services/recommendation/store/pg_memory.h"
#include "services/recommendation/store/pg_minors.h"
#include "services/recommendation/store/pg_notices.h"
#include "services/recommendation/store/pg_regional.h"
#include "services/recommendation/store/pg_rules.h"

namespace cliffhanger::recommendation {

using namespace std::chrono_literals;
namespace catalog = cliffhanger::catalog::v1;
namespace playback = cliffhanger::playback::v1;
namespace community = cliffhanger::community::v1;

struct NoModels final : TasteModels {
  std::shared_ptr<const TasteModel> current(const Tenant&) const override { return nullptr; }
};
// Remembers nothing, as when Redis is away.
struct NoShown final : ShownMemory {
  ShownList recall(const Tenant&, UserId) override { return {}; }
  void remember(const Tenant&, UserId, const ShownList&) override {}
};

class FeedWorld : public testing::Test {
 protected:
  // Between the service and the database is what the test puts there: `more` is added to the connection
  // string of the service.
  explicit FeedWorld(const std::string& more = "") {
    policy_.slotting.arms = 1;  // the best, without a draw
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "recommendation", embedded::recommendation_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 4}, metrics_);
    service_pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url + more, "recommendation", 4}, metrics_);
    events_ = std::make_unique<TasteEvents>(open_, policy_, clock_);
    catalogue_ = std::make_unique<PgCatalogue>(*pool_, clock_, PgCatalogue::Config{policy_, Duration(0), 1h});
    minors_ = std::make_unique<PgMinors>(*pool_, clock_);
    EXPECT_TRUE(minors_->refresh());
    rules_ = std::make_unique<PgRules>(*pool_, clock_);
    regional_ = std::make_unique<PgRegional>(*pool_, clock_, Duration(0));
    decisions_ = std::make_unique<PgDecisions>(*pool_, metrics_);
    serve(no_shown_);
  }
  void serve(ShownMemory& shown) {
    const RpcDeps deps{*service_pool_, open_,      fetch_,
                       *catalogue_,    *trained_,  shown,
                       *decisions_,    last_good_, probe_,
                       policy_,        clock_,     random_,
                       patience_,      *minors_,   [this](const Call&) { return daily_time_; },
                       applied_,       rankers_,   rules_.get(),
                       regional_.get()};
    services_.clear();
    services_.push_back(recommendation_service(deps));
    services_.push_back(taste_service(deps));
    services_.push_back(ordering_service(deps));
    services_.push_back(notifications_service(deps, [](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgNotices>(tx, call.caller.tenant);
    }));
  }

  Result<catalog::BatchGetEpisodesResponse> fetched(const catalog::BatchGetEpisodesRequest& ask) {
    catalog::BatchGetEpisodesResponse out;
    if (catalog_away_) return fail(unavailable("PEER_UNAVAILABLE", "Away."));
    EXPECT_LE(ask.episode_ids_size(), 100);
    for (const auto& id : ask.episode_ids()) {
      const auto found = in_catalog_.find(id);
      if (found != in_catalog_.end()) *out.add_items() = found->second;
    }
    return out;
  }

  Call call(UserId user, const std::string& tenant = "default") {
    Call out;
    out.caller = {*Tenant::parse(tenant), Role::kViewer, user, "", false};
    return out;
  }
  template <class Event>
  void hear(const Event& event, const std::string& tenant = "default") {
    const Call from = call(UserId(), tenant);
    const auto done = pool_->transact([&](sql::Tx& tx) { return events_->hear(tx, from, event); });
    EXPECT_TRUE(done) << done.error().message;
  }

  std::string new_id() { return Uuid::v7(clock_.now(), random_).text(); }
  // A published series with that many episodes; its id.
  std::string series(int episodes, const std::string& owner = "", const std::vector<std::string>& tags = {}) {
    clock_.advance(1s);
    catalog::SeriesChanged event;
    event.set_series_id(new_id());
    event.set_owner_id(owner.empty() ? new_id() : owner);
    event.set_published(true);
    event.mutable_publish_time()->set_seconds(to_micros(clock_.now()) / 1'000'000);
    event.set_version(1);
    event.mutable_tags()->Add(tags.begin(), tags.end());
    hear(event);
    for (int n = 1; n <= episodes; ++n) add_episode(event.series_id(), n);
    return event.series_id();
  }
  void add_episode(const std::string& of, int number) {
    catalog::EpisodeChanged event;
    event.set_episode_id(new_id());
    event.set_series_id(of);
    event.set_owner_id(new_id());
    event.set_number(number);
    event.set_published(true);
    event.set_version(1);
    hear(event);
    auto& item = in_catalog_[event.episode_id()];
    item.mutable_episode()->set_episode_id(event.episode_id());
    item.mutable_episode()->set_number(number);
    item.mutable_series()->set_series_id(of);
    episodes_[of].push_back(event.episode_id());
  }
  void report(UserId user, const std::string& of, int number, playback::WatchEvent what) {
    playback::PlaybackReported event;
    event.set_user_id(user.text());
    event.set_series_id(of);
    event.set_episode_id(episodes_.at(of).at(static_cast<std::size_t>(number - 1)));
    event.set_event(what);
    hear(event);
  }
  void react(UserId user, community::Subject subject, const std::string& id, community::Reaction reaction,
             bool set = true, std::int64_t version = 0) {
    community::ReactionChanged event;
    event.set_user_id(user.text());
    event.set_subject(subject);
    event.set_subject_id(id);
    event.set_reaction(reaction);
    event.set_set(set);
    event.set_version(version != 0 ? version : ++reactions_);
    hear(event);
  }
  // Someone new completes the first episode.
  void applaud(const std::string& of) {
    report(UserId::make(clock_.now(), random_), of, 1, playback::WATCH_EVENT_COMPLETE);
  }

  template <class Response, class Request>
  Result<Response> rpc(const Call& from, const Request& request) {
    for (const auto& service : services_) {
      for (const auto& method : service.methods()) {
        if (method.descriptor->input_type() != Request::descriptor()) continue;
        const auto answer = method.handler(from, request);
        if (!answer) return fail(answer.error());
        return static_cast<const Response&>(**answer);
      }
    }
    return fail(internal("NO_METHOD", Request::descriptor()->full_name()));
  }
  Result<v1::GetFeedResponse> page(const Call& from, int size, const std::string& token = "") {
    v1::GetFeedRequest in;
    in.set_page_size(size);
    in.set_page_token(token);
    EXPECT_TRUE(catalogue_->refresh());
    EXPECT_TRUE(minors_->refresh());
    EXPECT_TRUE(rules_->refresh());
    return rpc<v1::GetFeedResponse>(from, in);
  }
  std::vector<std::string> feed(UserId user, int size = 50) {
    std::vector<std::string> out;
    const auto first = page(call(user), size);
    EXPECT_TRUE(first);
    if (first)
      for (const auto& item : first->items()) out.push_back(item.series().series_id());
    return out;
  }
  Result<v1::GetNextEpisodeResponse> next(UserId user, const std::string& of) {
    v1::GetNextEpisodeRequest in;
    in.set_series_id(of);
    return rpc<v1::GetNextEpisodeResponse>(call(user), in);
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  Policy policy_;
  const OpenMemory open_ = [](sql::Tx& tx, const Call& call) {
    return std::make_unique<PgMemory>(tx, call.caller.tenant);
  };
  const FetchEpisodes fetch_ = [this](const Call& call, const catalog::BatchGetEpisodesRequest& ask) {
    ++fetches_;
    fetch_deadline_ = call.deadline;
    return fetched(ask);
  };
  std::unique_ptr<sql::Pool> pool_, service_pool_;
  std::unique_ptr<TasteEvents> events_;
  std::unique_ptr<PgCatalogue> catalogue_;
  std::unique_ptr<PgDecisions> decisions_;
  std::unique_ptr<PgMinors> minors_;
  std::unique_ptr<PgRules> rules_;
  std::unique_ptr<PgRegional> regional_;
  NoModels models_;
  const TasteModels* trained_ = &models_;
  const FeedArms* applied_ = nullptr;  // experiments on rankings
  const Rankers* rankers_ = nullptr;
  NoShown no_shown_;
  LastGood last_good_{fetch_, metrics_};
  FeedProbe probe_{metrics_};
  FeedPatience patience_{clock_};
  std::vector<rpc::Service> services_;
  std::map<std::string, catalog::EpisodeInSeries> in_catalog_;
  std::map<std::string, std::vector<std::string>> episodes_;
  bool catalog_away_ = false;
  Result<void> daily_time_;  // what playback says of who is in minors' mode
  int fetches_ = 0;
  std::chrono::steady_clock::time_point fetch_deadline_{};  // of the last one
  std::int64_t reactions_ = 0;                              // told so far
  UserId viewer_ = UserId::make(clock_.now(), random_);
};

}  // namespace cliffhanger::recommendation
