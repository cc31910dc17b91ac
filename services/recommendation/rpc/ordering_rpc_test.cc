// What catalog is told about a viewer's taste.
#include "cliffhanger/recommendation/v1/ordering_service.pb.h"
#include "libs/testing/tcp_gate.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

class OrderingRpcTest : public FeedWorld {
 protected:
  OrderingRpcTest() : FeedWorld(" host=127.0.0.1 port=" + std::to_string(gate().port())) { gate().open(); }
  static harness::TcpGate& gate() {
    static harness::TcpGate it(harness::Postgres::shared().socket());
    return it;
  }
  Result<v1::ValueSeriesResponse> values(UserId user, const std::vector<std::string>& series) {
    EXPECT_TRUE(catalogue_->refresh());
    v1::ValueSeriesRequest in;
    in.mutable_series_ids()->Add(series.begin(), series.end());
    return rpc<v1::ValueSeriesResponse>(call(user), in);
  }
};

TEST_F(OrderingRpcTest, WhatTheyLikedSpeaksForWhatIsLikeIt) {
  const auto ghost = series(1, "", {"ghost"}), campus = series(1, "", {"campus"}),
             liked = series(1, "", {"ghost"});
  const auto nobody = values(viewer_, {campus, ghost});
  ASSERT_TRUE(nobody);
  EXPECT_FALSE(nobody->known());
  EXPECT_EQ(nobody->values_size(), 0);
  report(viewer_, liked, 1, playback::WATCH_EVENT_COMPLETE);
  const auto got = values(viewer_, {campus, ghost, new_id()});
  ASSERT_TRUE(got && got->known());
  ASSERT_EQ(got->values_size(), 3);
  EXPECT_GT(got->values(1), got->values(0));
  EXPECT_FALSE(values(UserId(), {campus, ghost})->known()) << "asked in nobody's name";
  EXPECT_TRUE(values(viewer_, {})->known());
}

TEST_F(OrderingRpcTest, WhoRefusesProfilingIsNotAskedAbout) {
  const auto ghost = series(1, "", {"ghost"});
  report(viewer_, ghost, 1, playback::WATCH_EVENT_COMPLETE);
  EXPECT_TRUE(values(viewer_, {ghost})->known());
  ASSERT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return open_(tx, call(viewer_))->hear_consent(viewer_, false, 1); }));
  EXPECT_FALSE(values(viewer_, {ghost})->known());
}

TEST_F(OrderingRpcTest, WithoutTheDatabaseNothingIsSaid) {
  const auto ghost = series(1, "", {"ghost"});
  report(viewer_, ghost, 1, playback::WATCH_EVENT_COMPLETE);
  ASSERT_TRUE(catalogue_->refresh());
  gate().cut();
  const auto got = values(viewer_, {ghost});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_FALSE(got->known());
  gate().open();
}

}  // namespace
}  // namespace cliffhanger::recommendation
