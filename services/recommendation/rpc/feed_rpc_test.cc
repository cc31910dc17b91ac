#include <algorithm>
#include <set>

#include "libs/obs/names.h"
#include "libs/testing/tcp_gate.h"
#include "services/recommendation/rpc/test_feed_world.h"
#include "services/recommendation/store/redis_shown.h"

namespace cliffhanger::recommendation {
namespace {

class FeedRpcTest : public FeedWorld {};

using List = std::vector<std::string>;

TEST_F(FeedRpcTest, EveryRpcHasAHandler) {
  for (const auto& service : services_)
    EXPECT_EQ(static_cast<int>(service.methods().size()), service.descriptor()->method_count());
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

TEST_F(FeedRpcTest, ASeriesGoesOnAtTheViewersNextEpisodeAndNeverComesWhenCompleted) {
  const auto a = series(2), b = series(1);
  EXPECT_EQ(page(call(viewer_), 10)->items(1).episode().number(), 1);
  EXPECT_EQ(next(viewer_, a)->episode().number(), 1);
  report(viewer_, a, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(next(viewer_, a)->episode().number(), 2);
  const auto begun = page(call(viewer_), 10);
  ASSERT_EQ(begun->items_size(), 2);
  EXPECT_EQ(begun->items(0).series().series_id(), a);
  EXPECT_EQ(begun->items(0).episode().number(), 2);
  EXPECT_EQ(begun->items(0).reason(), v1::FEED_REASON_CONTINUE);
  report(viewer_, b, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(feed(viewer_), List{a});  // b is completed
  report(viewer_, a, 2, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(next(viewer_, a).error().reason, "NO_EPISODE_LEFT");
  EXPECT_TRUE(feed(viewer_).empty());
  EXPECT_EQ(feed(UserId::make(clock_.now(), random_)).size(), 2u);
  add_episode(a, 3);
  EXPECT_EQ(next(viewer_, a)->episode().number(), 3);
  EXPECT_EQ(feed(viewer_), List{a});
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
    auto answer = page(call(viewer_), 5, token);
    ASSERT_TRUE(answer);
    auto again = page(call(viewer_), 5, token);
    answer->clear_decision_id();  // each time is a row of the log
    again->clear_decision_id();
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
  for (const auto& id : old)
    for (int i = 0; i < 5; ++i) applaud(id);
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

TEST_F(FeedRpcTest, WhatWasShownLatelyComesWhenNothingElseIsLeft) {
  RedisShown memory({harness::Redis::shared().url()}, clock_, metrics_);
  serve(memory);
  std::set<std::string> all, seen;
  for (int i = 0; i < 12; ++i) all.insert(series(1));
  for (int opened = 0; opened < 3; ++opened)  // the app is opened anew each time
    for (const auto& id : feed(viewer_, 4)) EXPECT_TRUE(seen.insert(id).second);
  EXPECT_EQ(seen, all);
  EXPECT_EQ(feed(viewer_, 4).size(), 4u);  // better seen again than nothing
  EXPECT_EQ(feed(UserId::make(clock_.now(), random_), 12).size(), 12u);
  const auto fresh = series(1);
  EXPECT_EQ(feed(viewer_, 4).front(), fresh);
}

TEST_F(FeedRpcTest, APageAskedForAgainIsTheSame) {
  RedisShown memory({harness::Redis::shared().url()}, clock_, metrics_);
  serve(memory);
  for (int i = 0; i < 30; ++i) series(1);
  const auto token = page(call(viewer_), 5)->next_page_token();
  const auto first = page(call(viewer_), 5, token), again = page(call(viewer_), 5, token);
  ASSERT_EQ(first->items_size(), 5);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(first->items(i).series().series_id(), again->items(i).series().series_id());
}

TEST_F(FeedRpcTest, EveryPageIsInTheLogAndCanBeReplayed) {
  policy_.slotting = Slotting();
  serve(no_shown_);
  for (int i = 0; i < 40; ++i) series(1);
  const auto first = page(call(viewer_), 10);
  const auto second = page(call(viewer_), 10, first->next_page_token());
  ASSERT_TRUE(decisions_->write());
  for (const auto& shown : {*first, *second}) {
    const auto id = DecisionId::parse(shown.decision_id());
    ASSERT_TRUE(id);
    const auto logged =
        pool_->read([&](sql::Tx& tx) { return find_decision(tx, call(viewer_).caller.tenant, *id); });
    ASSERT_TRUE(logged && *logged);
    EXPECT_TRUE(replays(**logged));
    EXPECT_EQ((*logged)->user, viewer_);
    EXPECT_EQ((*logged)->policy, policy_.weights.version);
    List placed;
    for (std::size_t i = 0; i < (*logged)->placed.size(); ++i)
      if ((*logged)->on_page[i]) placed.push_back((*logged)->pool.items[(*logged)->placed[i].item].id.text());
    List items;
    for (const auto& item : shown.items()) items.push_back(item.series().series_id());
    EXPECT_EQ(placed, items);
  }
  EXPECT_FALSE(*pool_->read([&](sql::Tx& tx) {
    return find_decision(tx, *Tenant::parse("other"), *DecisionId::parse(first->decision_id()));
  }));
}

TEST_F(FeedRpcTest, AVeryLongHistoryIsRespectedToItsEnd) {
  const auto first = series(2);
  report(viewer_, first, 1, playback::WATCH_EVENT_COMPLETE);
  const auto other = series(1);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("INSERT INTO viewing (tenant, user_id, series_id, seen_at) SELECT 'default', '" +
                       viewer_.text() + "', gen_random_uuid(), now() FROM generate_series(1, 1000)");
  }));
  EXPECT_EQ(feed(viewer_), List{other});  // the first is too long ago to go on with, and not new either
}

// PostgreSQL is behind a gate for the service; the test tells events past it.
class FeedOutageTest : public FeedWorld {
 protected:
  FeedOutageTest() : FeedWorld(" host=127.0.0.1 port=" + std::to_string(gate().port())) {}
  ~FeedOutageTest() override { gate().open(); }
  static harness::TcpGate& gate() {
    static harness::TcpGate it(harness::Postgres::shared().socket());
    return it;
  }
  double without(const char* what) {
    return metrics_.counter(obs::names::kFeedDegraded, "", {{"without", what}}).value();
  }
};

TEST_F(FeedOutageTest, WithoutTheDatabaseThereIsAListForEverybody) {
  const auto a = series(2), b = series(1);
  applaud(a);
  report(viewer_, a, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(page(call(viewer_), 10)->items(0).episode().number(), 2);
  ASSERT_TRUE(last_good_.refresh(call(viewer_).caller.tenant, *catalogue_->of(call(viewer_).caller.tenant)));

  gate().cut();  // catalog still answers
  auto shown = page(call(viewer_), 10);
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_TRUE(shown->degraded() && shown->decision_id().empty());
  ASSERT_EQ(shown->items_size(), 2);
  EXPECT_EQ(shown->items(0).series().series_id(), a);
  EXPECT_EQ(shown->items(0).episode().number(), 1);  // where the viewer is can't be known
  EXPECT_EQ(without("database"), 1);

  catalog_away_ = true;
  shown = page(call(viewer_), 1);
  ASSERT_TRUE(shown) << shown.error().message;
  ASSERT_EQ(shown->items_size(), 1);
  EXPECT_EQ(shown->items(0).series().series_id(), a);
  EXPECT_TRUE(shown->degraded() && shown->next_page_token().empty());
  EXPECT_EQ(without("catalog"), 1);

  catalog_away_ = false;
  gate().open();
  shown = page(call(viewer_), 10);
  EXPECT_FALSE(shown->degraded());
  EXPECT_EQ(shown->items(0).episode().number(), 2);
  EXPECT_EQ(feed(viewer_), (List{a, b}));
}

TEST_F(FeedOutageTest, WhatWasOnEarlierPagesIsNotInTheListEither) {
  for (int i = 0; i < 6; ++i) series(1);
  const auto first = page(call(viewer_), 3);
  ASSERT_TRUE(last_good_.refresh(call(viewer_).caller.tenant, *catalogue_->of(call(viewer_).caller.tenant)));
  gate().cut();
  catalog_away_ = true;
  const auto second = page(call(viewer_), 10, first->next_page_token());
  ASSERT_EQ(second->items_size(), 3);
  for (const auto& item : second->items())
    for (const auto& before : first->items())
      EXPECT_NE(item.series().series_id(), before.series().series_id());
  EXPECT_EQ(page(call(viewer_, "other"), 3)->items_size(), 0);
}

// A guest who signs in is not shown again what they passed over a moment ago.
TEST_F(FeedRpcTest, WhatAGuestWasShownIsNotShownToTheAccount) {
  for (int i = 0; i < 12; ++i) series(1);
  RedisShown shown({harness::Redis::shared().url()}, clock_, metrics_);
  serve(shown);
  events_ = std::make_unique<TasteEvents>(open_, policy_, clock_, &shown);
  const auto guest = UserId::make(clock_.now(), random_);
  const auto had = feed(guest, 6);
  accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(viewer_.text());
  hear(merged);
  hear(merged);
  const auto page = feed(viewer_, 6);
  ASSERT_EQ(page.size(), 6u);
  for (const auto& id : page) EXPECT_EQ(std::ranges::count(had, id), 0) << id;
}

}  // namespace
}  // namespace cliffhanger::recommendation
