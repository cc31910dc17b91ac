#include "services/recommendation/rpc/feed_rpc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"
#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/recommendation/migrations.h"
#include "services/recommendation/store/pg_memory.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;
namespace catalog = cliffhanger::catalog::v1;
namespace playback = cliffhanger::playback::v1;
namespace community = cliffhanger::community::v1;

// Events in, feeds out, with a real database; catalog is what the test says it has.
class FeedRpcTest : public testing::Test {
 protected:
  FeedRpcTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "recommendation", embedded::recommendation_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 4}, metrics_);
    const OpenMemory open = [this](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgMemory>(tx, call.caller.tenant, policy_);
    };
    events_ = std::make_unique<TasteEvents>(open, policy_, clock_);
    const auto fetch = [this](const Call&, const catalog::BatchGetEpisodesRequest& ask) {
      return fetched(ask);
    };
    service_ = std::make_unique<rpc::Service>(
        recommendation_service({*pool_, open, fetch, policy_, clock_, random_}));
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
  std::string series(int episodes, const std::string& owner = "") {
    clock_.advance(1s);
    catalog::SeriesChanged event;
    event.set_series_id(new_id());
    event.set_owner_id(owner.empty() ? new_id() : owner);
    event.set_published(true);
    event.mutable_publish_time()->set_seconds(to_micros(clock_.now()) / 1'000'000);
    event.set_version(1);
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
    for (const auto& method : service_->methods()) {
      if (method.descriptor->input_type() != Request::descriptor()) continue;
      const auto answer = method.handler(from, request);
      if (!answer) return fail(answer.error());
      return static_cast<const Response&>(**answer);
    }
    return fail(internal("NO_METHOD", Request::descriptor()->full_name()));
  }
  Result<v1::GetFeedResponse> page(const Call& from, int size, const std::string& token = "") {
    v1::GetFeedRequest in;
    in.set_page_size(size);
    in.set_page_token(token);
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
  std::unique_ptr<sql::Pool> pool_;
  std::unique_ptr<TasteEvents> events_;
  std::unique_ptr<rpc::Service> service_;
  std::map<std::string, catalog::EpisodeInSeries> in_catalog_;
  std::map<std::string, std::vector<std::string>> episodes_;
  bool catalog_away_ = false;
  std::int64_t reactions_ = 0;  // told so far
  UserId viewer_ = UserId::make(clock_.now(), random_);
};

using List = std::vector<std::string>;

TEST_F(FeedRpcTest, EveryRpcHasAHandler) {
  EXPECT_EQ(static_cast<int>(service_->methods().size()), service_->descriptor()->method_count());
}

TEST_F(FeedRpcTest, TheFeedFollowsWhatViewersDo) {
  const auto a = series(2), b = series(2), c = series(2);
  EXPECT_EQ(feed(viewer_), (List{c, b, a}));  // nothing known: the newest first
  applaud(a);
  EXPECT_EQ(feed(viewer_), (List{a, c, b}));
  for (int i = 0; i < 3; ++i) applaud(b);
  EXPECT_EQ(feed(viewer_), (List{b, a, c}));
  react(viewer_, community::SUBJECT_SERIES, c, community::REACTION_FOLLOW);
  EXPECT_EQ(feed(viewer_), (List{c, b, a}));
  EXPECT_EQ(page(call(viewer_), 1)->items(0).reason(), v1::FEED_REASON_FOLLOWED);
  react(viewer_, community::SUBJECT_SERIES, c, community::REACTION_FOLLOW, false);
  EXPECT_EQ(feed(viewer_), (List{b, a, c}));
  report(viewer_, b, 1, playback::WATCH_EVENT_SKIP);
  EXPECT_EQ(feed(viewer_).back(), b);
  EXPECT_EQ(feed(UserId::make(clock_.now(), random_)).front(), b);  // other people's feeds stay
}

TEST_F(FeedRpcTest, PopularityDecays) {
  const auto old = series(1), young = series(1);
  for (int i = 0; i < 20; ++i) applaud(old);
  clock_.advance(24h * 40);
  applaud(young);
  EXPECT_EQ(feed(viewer_), (List{young, old}));
}

TEST_F(FeedRpcTest, ASeriesGoesOnAtTheViewersNextEpisodeAndComesLastWhenCompleted) {
  const auto a = series(2), b = series(1);
  EXPECT_EQ(page(call(viewer_), 10)->items(1).episode().number(), 1);
  EXPECT_EQ(next(viewer_, a)->episode().number(), 1);
  report(viewer_, a, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(next(viewer_, a)->episode().number(), 2);
  EXPECT_EQ(page(call(viewer_), 10)->items(1).episode().number(), 2);
  report(viewer_, b, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(feed(viewer_), (List{a, b}));  // b is completed
  report(viewer_, a, 2, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(next(viewer_, a).error().reason, "NO_EPISODE_LEFT");
  EXPECT_EQ(page(call(viewer_), 10)->items_size(), 2);  // when there is nothing else
  add_episode(a, 3);
  EXPECT_EQ(next(viewer_, a)->episode().number(), 3);
  EXPECT_EQ(feed(viewer_), (List{a, b}));
  EXPECT_EQ(next(viewer_, new_id()).error().reason, "SERIES_NOT_FOUND");
}

TEST_F(FeedRpcTest, AFollowedCreatorsSeriesComeFirst) {
  const auto creator = new_id();
  const auto theirs = series(1, creator), other = series(1);
  applaud(other);
  EXPECT_EQ(feed(viewer_).front(), other);
  react(viewer_, community::SUBJECT_CREATOR, creator, community::REACTION_FOLLOW);
  EXPECT_EQ(feed(viewer_).front(), theirs);
}

TEST_F(FeedRpcTest, ReactionsThatAreTakenBackLeaveNoPopularity) {
  const auto a = series(1), b = series(1);
  applaud(b);
  const auto other = UserId::make(clock_.now(), random_);
  for (int i = 0; i < 50; ++i) {
    react(other, community::SUBJECT_EPISODE, episodes_[a][0], community::REACTION_LIKE, i % 2 == 0);
  }
  EXPECT_EQ(feed(viewer_), (List{b, a}));
  react(other, community::SUBJECT_EPISODE, episodes_[a][0], community::REACTION_LIKE);
  react(other, community::SUBJECT_EPISODE, episodes_[a][0], community::REACTION_FAVOURITE);
  EXPECT_EQ(feed(viewer_), (List{a, b}));
}

TEST_F(FeedRpcTest, AReactionHeardLateGivesNoPopularity) {
  const auto a = series(1), b = series(1);
  applaud(b);
  const auto other = UserId::make(clock_.now(), random_);
  react(other, community::SUBJECT_SERIES, a, community::REACTION_FOLLOW, false, 2);
  react(other, community::SUBJECT_SERIES, a, community::REACTION_FOLLOW, true, 1);
  EXPECT_EQ(feed(viewer_), (List{b, a}));
  react(other, community::SUBJECT_SERIES, a, community::REACTION_FOLLOW, true, 3);
  EXPECT_EQ(feed(viewer_), (List{a, b}));
}

TEST_F(FeedRpcTest, PagesNeverRepeatEvenWhileTheWorldChanges) {
  List all;
  for (int i = 0; i < 23; ++i) all.push_back(series(1));
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const auto answer = page(call(viewer_), 5, token);
    ASSERT_TRUE(answer);
    const auto again = page(call(viewer_), 5, token);
    if (!token.empty()) {
      EXPECT_EQ(answer->SerializeAsString(), again->SerializeAsString());
    }
    for (const auto& item : answer->items()) EXPECT_TRUE(seen.insert(item.series().series_id()).second);
    for (const auto& id : all) applaud(id);
    for (int i = 0; i < 5; ++i) applaud(all[static_cast<std::size_t>(pages)]);
    token = answer->next_page_token();
    ++pages;
  } while (!token.empty() && pages < 10);
  EXPECT_EQ(seen.size(), all.size());
  EXPECT_EQ(pages, 5);
}

TEST_F(FeedRpcTest, NewSeriesHaveTheirShare) {
  List old;
  for (int i = 0; i < 12; ++i) old.push_back(series(1));
  clock_.advance(24h * 60);
  const auto fresh = series(1);
  for (const auto& id : old) applaud(id);
  const auto answer = page(call(viewer_), 13);
  ASSERT_EQ(answer->items_size(), 13);
  EXPECT_EQ(answer->items(4).series().series_id(), fresh);
  EXPECT_EQ(answer->items(4).reason(), v1::FEED_REASON_NEW);
}

TEST_F(FeedRpcTest, WhatCatalogLostIsLeftOutAndThePageToppedUp) {
  List all;
  for (int i = 0; i < 6; ++i) all.push_back(series(1));
  for (const int gone : {5, 4}) in_catalog_.erase(episodes_[all[static_cast<std::size_t>(gone)]][0]);
  const auto shown = feed(viewer_, 3);
  EXPECT_EQ(shown.size(), 3u);
  for (const auto& id : shown) EXPECT_TRUE(id != all[4] && id != all[5]);
  catalog_away_ = true;
  EXPECT_EQ(page(call(viewer_), 3).error().code, Code::kUnavailable);
}

TEST_F(FeedRpcTest, TokensBelongToTheirViewerAndNothingCrossesTenants) {
  for (int i = 0; i < 4; ++i) series(1);
  const auto token = page(call(viewer_), 2)->next_page_token();
  EXPECT_FALSE(token.empty());
  EXPECT_EQ(page(call(UserId::make(clock_.now(), random_)), 2, token).error().reason, "BAD_PAGE_TOKEN");
  EXPECT_EQ(page(call(viewer_, "other"), 2, token).error().reason, "BAD_PAGE_TOKEN");
  EXPECT_EQ(page(call(viewer_, "other"), 2)->items_size(), 0);
  v1::GetNextEpisodeRequest in;
  in.set_series_id(episodes_.begin()->first);
  EXPECT_EQ(rpc<v1::GetNextEpisodeResponse>(call(viewer_, "other"), in).error().reason, "SERIES_NOT_FOUND");
}

TEST_F(FeedRpcTest, AGuestWhoSignsInGoesOnAndLateEventsFollow) {
  const auto a = series(3);
  const auto guest = UserId::make(clock_.now(), random_);
  report(guest, a, 1, playback::WATCH_EVENT_COMPLETE);
  accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(viewer_.text());
  hear(merged);
  EXPECT_EQ(next(viewer_, a)->episode().number(), 2);
  report(guest, a, 2, playback::WATCH_EVENT_COMPLETE);  // overtaken by the merge
  EXPECT_EQ(next(viewer_, a)->episode().number(), 3);
}

TEST_F(FeedRpcTest, NewsThatOvertookEachOtherEndsTheSame) {
  const auto a = series(1);
  catalog::SeriesChanged withdrawn;
  withdrawn.set_series_id(a);
  withdrawn.set_owner_id(new_id());
  withdrawn.set_published(false);
  withdrawn.set_version(3);
  hear(withdrawn);
  withdrawn.set_published(true);
  withdrawn.set_version(2);
  hear(withdrawn);
  EXPECT_TRUE(feed(viewer_).empty());
}

}  // namespace
}  // namespace cliffhanger::recommendation
