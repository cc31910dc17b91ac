#include "cliffhanger/recommendation/v1/taste_service.pb.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

using List = std::vector<std::string>;

class TasteRpcTest : public FeedWorld {
 protected:
  v1::Taste set(UserId user, const List& tags) {
    v1::SetTasteRequest in;
    in.mutable_tags()->Add(tags.begin(), tags.end());
    const auto out = rpc<v1::SetTasteResponse>(call(user), in);
    EXPECT_TRUE(out);
    return out ? out->taste() : v1::Taste();
  }
  Result<v1::ListSimilarSeriesResponse> similar(const std::string& to, int size = 0,
                                                const std::string& token = "") {
    EXPECT_TRUE(catalogue_->refresh());
    v1::ListSimilarSeriesRequest in;
    in.set_series_id(to);
    in.set_page_size(size);
    in.set_page_token(token);
    return rpc<v1::ListSimilarSeriesResponse>(call(viewer_), in);
  }
};

TEST_F(TasteRpcTest, WhatANewViewerPicksTheirNextPageKnows) {
  List wanted;
  for (int i = 0; i < 30; ++i) {
    const auto id = series(1, "", {i % 3 == 0 ? "revenge" : "comedy"});
    if (i % 3 == 0) wanted.push_back(id);
  }
  EXPECT_TRUE(catalogue_->refresh());
  const auto offered = rpc<v1::GetTasteResponse>(call(viewer_), v1::GetTasteRequest());
  ASSERT_TRUE(offered);
  ASSERT_EQ(offered->offered_tags_size(), 2);
  EXPECT_EQ(offered->offered_tags(0), "comedy");
  EXPECT_EQ(set(viewer_, {"revenge", "revenge"}).tags_size(), 1);
  EXPECT_EQ(set(viewer_, {"revenge"}).tags(0), "revenge");  // again
  for (int i = 0; i < 20; ++i) report(viewer_, series(1, "", {"comedy"}), 1, playback::WATCH_EVENT_SKIP);
  const auto shown = feed(viewer_, 4);  // the fifth place is for new series of any kind
  for (const auto& id : shown) EXPECT_NE(std::find(wanted.begin(), wanted.end(), id), wanted.end());
  EXPECT_EQ(rpc<v1::GetTasteResponse>(call(viewer_), v1::GetTasteRequest())->taste().tags(0), "revenge");
}

TEST_F(TasteRpcTest, AnEventThatIsToldTwiceTeachesOnce) {
  const auto one = series(2, "", {"revenge"});
  const auto hits = [&] {
    return pool_->read([&](sql::Tx& tx) { return open_(tx, call(viewer_))->viewer(viewer_); })
        ->taste.all()
        .at("revenge")
        .hits;
  };
  report(viewer_, one, 1, playback::WATCH_EVENT_COMPLETE);
  report(viewer_, one, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(hits(), 1);
  report(viewer_, one, 2, playback::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(hits(), 2);
}

TEST_F(TasteRpcTest, WhoRefusesProfilingIsForgottenAndNotInTheLog) {
  const auto one = series(2, "", {"revenge"});
  report(viewer_, one, 1, playback::WATCH_EVENT_COMPLETE);
  ASSERT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return open_(tx, call(viewer_))->hear_consent(viewer_, false, 1); }));
  report(viewer_, one, 2, playback::WATCH_EVENT_COMPLETE);
  const auto known = pool_->read([&](sql::Tx& tx) { return open_(tx, call(viewer_))->viewer(viewer_); });
  EXPECT_TRUE(known->taste.all().empty());
  series(1);
  const auto shown = page(call(viewer_), 10);
  ASSERT_EQ(shown->items_size(), 1);  // what they finished still does not come
  ASSERT_TRUE(decisions_->write());
  const auto logged = pool_->read([&](sql::Tx& tx) {
    return find_decision(tx, call(viewer_).caller.tenant, *DecisionId::parse(shown->decision_id()));
  });
  EXPECT_TRUE((*logged)->user.empty());
}

TEST_F(TasteRpcTest, SimilarSeriesArePagedAndFilled) {
  const auto of = series(1, "", {"a", "b"}), twin = series(1, "", {"a", "b"}),
             half = series(1, "", {"b", "c"});
  series(1, "", {"z"});
  const auto first = similar(of, 1);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->items_size(), 1);
  EXPECT_EQ(first->items(0).series().series_id(), twin);
  EXPECT_EQ(first->items(0).reason(), v1::FEED_REASON_SIMILAR);
  const auto second = similar(of, 1, first->next_page_token());
  ASSERT_EQ(second->items_size(), 1);
  EXPECT_EQ(second->items(0).series().series_id(), half);
  EXPECT_TRUE(second->next_page_token().empty());
  EXPECT_EQ(similar(twin, 1, first->next_page_token()).error().reason, "BAD_PAGE_TOKEN");
  EXPECT_EQ(similar(new_id()).error().reason, "SERIES_NOT_FOUND");
}

}  // namespace
}  // namespace cliffhanger::recommendation
