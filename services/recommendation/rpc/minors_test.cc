// What is kept from who is in minors' mode, or where something may not be shown: nothing that a page, a list or a day without a database shows.
#include <set>

#include "cliffhanger/recommendation/v1/taste_service.pb.h"
#include "libs/testing/tcp_gate.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

using List = std::vector<std::string>;

class MinorsTest : public FeedWorld {
 protected:
  MinorsTest() : FeedWorld(" host=127.0.0.1 port=" + std::to_string(gate().port())) { gate().open(); }
  static harness::TcpGate& gate() {
    static harness::TcpGate it(harness::Postgres::shared().socket());
    return it;
  }

  // A series of that rating; -1: not rated.
  std::string rated(int rating, const List& tags = {}, const std::string& owner = "") {
    const auto of = owner.empty() ? new_id() : owner;
    const auto id = series(2, of, tags);
    rate(id, rating, of, tags, 2);
    return id;
  }
  void rate(const std::string& id, int rating, const std::string& owner, const List& tags,
            std::int64_t version) {
    catalog::SeriesChanged event;
    event.set_series_id(id);
    event.set_owner_id(owner);
    event.set_published(true);
    event.mutable_publish_time()->set_seconds(to_micros(clock_.now()) / 1'000'000);
    event.mutable_tags()->Add(tags.begin(), tags.end());
    event.set_version(version);
    if (rating >= 0) event.set_age_rating(rating);
    hear(event);
    for (auto& [episode, item] : in_catalog_)
      if (item.series().series_id() == id && rating >= 0) item.mutable_series()->set_age_rating(rating);
    rating_of_[id] = rating < 0 ? kAdult : rating;
  }
  void minors_mode(UserId user, std::optional<int> greatest, std::int64_t version = 1) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
      return hear_minors_mode(tx, call(user).caller.tenant, user, greatest, version);
    }));
    EXPECT_TRUE(minors_->refresh());
  }
  void expect_fit(const auto& response, int greatest) {
    for (const auto& item : response.items()) {
      EXPECT_LE(rating_of_.at(item.series().series_id()), greatest);
      if (!item.because_series_id().empty()) EXPECT_LE(rating_of_.at(item.because_series_id()), greatest);
    }
  }
  Result<v1::ListSimilarSeriesResponse> similar(UserId user, const std::string& to) {
    v1::ListSimilarSeriesRequest in;
    in.set_series_id(to);
    in.set_page_size(50);
    return rpc<v1::ListSimilarSeriesResponse>(call(user), in);
  }
  static std::string reason(const auto& result) { return result ? "" : result.error().reason; }

  std::map<std::string, int> rating_of_;
};

TEST_F(MinorsTest, TheFeedHoldsOnlyWhatTheRatingAllows) {
  const auto any = rated(0), twelve = rated(12), adult = rated(18), unrated = rated(-1);
  EXPECT_EQ(feed(viewer_), (List{unrated, adult, twelve, any}));
  minors_mode(viewer_, 12);
  EXPECT_EQ(feed(viewer_), (List{twelve, any}));
  EXPECT_EQ(feed(UserId::make(clock_.now(), random_)).size(), 4u);
  minors_mode(viewer_, std::nullopt, 2);
  EXPECT_EQ(feed(viewer_).size(), 4u);
}

TEST_F(MinorsTest, NothingThatTheyDidBringsItBack) {
  const auto owner = new_id();
  const auto fit = rated(6, {"revenge"}, owner), adult = rated(18, {"revenge"}, owner);
  react(viewer_, community::SUBJECT_SERIES, adult, community::REACTION_FOLLOW);
  react(viewer_, community::SUBJECT_CREATOR, owner, community::REACTION_FOLLOW);
  report(viewer_, adult, 1, playback::WATCH_EVENT_COMPLETE);  // begun: it would be continued
  for (int i = 0; i < 10; ++i) applaud(adult);
  EXPECT_EQ(feed(viewer_).front(), adult);
  minors_mode(viewer_, 6);
  EXPECT_EQ(feed(viewer_), List{fit});
  EXPECT_EQ(reason(next(viewer_, adult)), "AGE_RESTRICTED");
  EXPECT_TRUE(next(viewer_, fit));
}

TEST_F(MinorsTest, ManyViewersAndPagesAndNothingExcludedOnAny) {
  const List tags{"revenge", "ceo", "comedy", "ghost"};
  const int ratings[] = {0, 6, 12, 16, 18, -1};
  List all, owners;
  for (int i = 0; i < 5; ++i) owners.push_back(new_id());
  for (int i = 0; i < 90; ++i)
    all.push_back(rated(ratings[i * 7 % 6], {tags[static_cast<std::size_t>(i % 4)]},
                        owners[static_cast<std::size_t>(i % 5)]));
  for (int n = 0; n < 12; ++n) {
    const auto user = UserId::make(clock_.now(), random_);
    const int greatest = std::array{0, 6, 11, 12, 16, 17}[static_cast<std::size_t>(n % 6)];
    for (int i = 0; i < 8; ++i) {
      const auto& liked = all[static_cast<std::size_t>((n * 13 + i * 11) % 90)];
      report(user, liked, 1, i % 3 == 0 ? playback::WATCH_EVENT_COMPLETE : playback::WATCH_EVENT_PROGRESS);
      react(user, community::SUBJECT_SERIES, liked, community::REACTION_LIKE);
    }
    minors_mode(user, greatest);
    std::set<std::string> seen;
    std::string token;
    do {
      const auto shown = page(call(user), 10, token);
      ASSERT_TRUE(shown) << shown.error().message;
      expect_fit(*shown, greatest);
      for (const auto& item : shown->items()) seen.insert(item.series().series_id());
      token = shown->next_page_token();
    } while (!token.empty());
    const auto fitting =
        std::ranges::count_if(all, [&](const auto& id) { return rating_of_.at(id) <= greatest; });
    EXPECT_EQ(static_cast<std::ptrdiff_t>(seen.size()), fitting) << "and all of it comes";
  }
}

TEST_F(MinorsTest, SimilarSeriesAndTagsToPickFromAreHeldToItToo) {
  const auto fit = rated(6, {"revenge"}), other = rated(6, {"revenge"}),
             adult = rated(18, {"revenge", "erotic"});
  ASSERT_TRUE(catalogue_->refresh());
  minors_mode(viewer_, 12);
  const auto list = similar(viewer_, fit);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->items_size(), 1);
  EXPECT_EQ(list->items(0).series().series_id(), other);
  EXPECT_EQ(reason(similar(viewer_, adult)), "AGE_RESTRICTED");
  const auto stranger = UserId::make(clock_.now(), random_);
  EXPECT_EQ(similar(stranger, adult)->items_size(), 2);
  EXPECT_EQ(rpc<v1::GetTasteResponse>(call(viewer_), v1::GetTasteRequest())->offered_tags_size(), 1);
  EXPECT_EQ(rpc<v1::GetTasteResponse>(call(stranger), v1::GetTasteRequest())->offered_tags_size(), 2);
}

TEST_F(MinorsTest, WithoutDatabaseAndCatalogTheListIsHeldToItToo) {
  const auto fit = rated(6);
  rated(18);
  rated(-1);
  ASSERT_TRUE(catalogue_->refresh());
  minors_mode(viewer_, 12);
  ASSERT_TRUE(last_good_.refresh(call(viewer_).caller.tenant, *catalogue_->of(call(viewer_).caller.tenant)));
  gate().cut();
  const auto ids = [&](UserId user) {
    List out;
    v1::GetFeedRequest in;
    const auto shown = rpc<v1::GetFeedResponse>(call(user), in);
    EXPECT_TRUE(shown && shown->degraded());
    if (shown)
      for (const auto& item : shown->items()) out.push_back(item.series().series_id());
    return out;
  };
  const auto stranger = UserId::make(clock_.now(), random_);
  EXPECT_EQ(ids(viewer_), List{fit});  // the database is away
  EXPECT_EQ(ids(stranger).size(), 3u);
  catalog_away_ = true;
  EXPECT_EQ(ids(viewer_), List{fit});  // and catalog: the list for bad days
  EXPECT_EQ(ids(stranger).size(), 3u);
  gate().open();
}

TEST_F(MinorsTest, ANewRatingIsFollowed) {
  const auto owner = new_id();
  const auto id = rated(6, {}, owner);
  minors_mode(viewer_, 12);
  EXPECT_EQ(feed(viewer_), List{id});
  rate(id, 16, owner, {}, 3);
  EXPECT_TRUE(feed(viewer_).empty());
  rate(id, 12, owner, {}, 2);  // late
  EXPECT_TRUE(feed(viewer_).empty());
  rate(id, 12, owner, {}, 4);
  EXPECT_EQ(feed(viewer_), List{id});
}

TEST_F(MinorsTest, ADayThatIsOverIsSaidToMinorsAlone) {
  rated(0);
  daily_time_ =
      fail(denied("DAILY_TIME_USED_UP", "Enough.").with("reset_time", "2026-12-01T00:00:00.000000Z"));
  EXPECT_TRUE(page(call(viewer_), 10)) << "others are not asked about";
  minors_mode(viewer_, 12);
  const auto refused = page(call(viewer_), 10);
  EXPECT_EQ(reason(refused), "DAILY_TIME_USED_UP");
  EXPECT_EQ(refused.error().metadata.at("reset_time"), "2026-12-01T00:00:00.000000Z");
  daily_time_ = fail(unavailable("PEER_UNAVAILABLE", "Away."));
  EXPECT_EQ(page(call(viewer_), 10)->items_size(), 1) << "a list does no harm";
}

TEST_F(MinorsTest, WhatMayNotBeShownThereIsOnNoPage) {
  const auto owner = new_id();
  const auto everywhere = rated(0, {"revenge"}), germany = rated(0, {"revenge", "krimi"}, owner);
  catalog::SeriesChanged event;
  event.set_series_id(germany);
  event.set_owner_id(owner);
  event.set_published(true);
  event.set_age_rating(0);
  event.set_version(9);
  event.add_tags("revenge");
  event.add_tags("krimi");
  event.add_allowed_regions("DE");
  hear(event);
  for (auto& [episode, item] : in_catalog_)
    if (item.series().series_id() == germany) item.mutable_series()->add_allowed_regions("DE");
  ASSERT_TRUE(catalogue_->refresh());
  const auto shown = [&](const std::string& region) {
    v1::GetFeedRequest in;
    in.set_viewer_region(region);
    const auto got = rpc<v1::GetFeedResponse>(call(UserId::make(clock_.now(), random_)), in);
    EXPECT_TRUE(got);
    return got ? got->items_size() : -1;
  };
  EXPECT_EQ(shown("DE"), 2);
  EXPECT_EQ(shown("FR"), 1);
  EXPECT_EQ(shown(""), 1);
  v1::ListSimilarSeriesRequest similar_to;
  similar_to.set_series_id(everywhere);
  EXPECT_EQ(rpc<v1::ListSimilarSeriesResponse>(call(viewer_), similar_to)->items_size(), 0);
  similar_to.set_viewer_region("DE");
  EXPECT_EQ(rpc<v1::ListSimilarSeriesResponse>(call(viewer_), similar_to)->items_size(), 1);
  similar_to.set_series_id(germany);
  similar_to.set_viewer_region("FR");
  EXPECT_EQ(reason(rpc<v1::ListSimilarSeriesResponse>(call(viewer_), similar_to)), "NOT_IN_REGION");
  v1::GetNextEpisodeRequest next;
  next.set_series_id(germany);
  next.set_viewer_region("FR");
  EXPECT_EQ(reason(rpc<v1::GetNextEpisodeResponse>(call(viewer_), next)), "NOT_IN_REGION");
  v1::GetTasteRequest picks;
  EXPECT_EQ(rpc<v1::GetTasteResponse>(call(viewer_), picks)->offered_tags_size(), 1);
  ASSERT_TRUE(last_good_.refresh(call(viewer_).caller.tenant, *catalogue_->of(call(viewer_).caller.tenant)));
  catalog_away_ = true;
  EXPECT_EQ(shown("DE"), 2);
  EXPECT_EQ(shown("FR"), 1);
}

}  // namespace
}  // namespace cliffhanger::recommendation
