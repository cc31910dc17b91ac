// From plays with a region to what is in the feeds there.
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

class RegionalRpcTest : public FeedWorld {
 protected:
  void begin(UserId user, const std::string& of, const std::string& region, int number = 1) {
    playback::PlaybackStarted event;
    event.set_session_id(new_id());
    event.set_user_id(user.text());
    event.set_series_id(of);
    event.set_episode_id(episodes_.at(of).at(static_cast<std::size_t>(number - 1)));
    event.set_viewer_region(region);
    hear(event);
  }
  void begin_by(int viewers, const std::string& of, const std::string& region) {
    for (int i = 0; i < viewers; ++i) begin(UserId::make(clock_.now(), random_), of, region);
  }
  std::size_t growing(const std::string& region, const std::string& tenant = "default") {
    EXPECT_TRUE(regional_->refresh());
    return regional_->of(*Tenant::parse(tenant), region)->size();
  }
};

TEST_F(RegionalRpcTest, WhatTwentyViewersBeganThereTrendsThere) {
  const auto a = series(2), b = series(2);
  begin_by(19, a, "DE");
  begin_by(200, b, "");
  EXPECT_EQ(growing("DE"), 0u) << "one is missing";
  begin_by(1, a, "DE");
  EXPECT_EQ(growing("DE"), 1u);
  EXPECT_EQ(regional_->of(*Tenant::parse("default"), "DE")->front().series.text(), a);
  EXPECT_EQ(growing("FR"), 0u);
  EXPECT_EQ(growing(""), 0u) << "nowhere is no region";
  EXPECT_EQ(growing("DE", "other"), 0u);
  v1::GetFeedRequest in;
  const auto reason = [&](const std::string& region) {
    EXPECT_TRUE(catalogue_->refresh());
    in.set_viewer_region(region);
    const auto got = rpc<v1::GetFeedResponse>(call(viewer_), in);
    EXPECT_TRUE(got);
    for (const auto& item : got->items())
      if (item.series().series_id() == a) return item.reason();
    return v1::FEED_REASON_UNSPECIFIED;
  };
  clock_.advance(1h);
  EXPECT_NE(reason("FR"), v1::FEED_REASON_UNSPECIFIED);
  EXPECT_NE(reason("DE"), v1::FEED_REASON_UNSPECIFIED);
  clock_.advance(8h);
  EXPECT_EQ(growing("DE"), 0u) << "that was this morning";
}

TEST_F(RegionalRpcTest, OneViewerMakesNoTrendHoweverOftenTheyPlay) {
  const auto a = series(30);
  for (int number = 1; number <= 30; ++number) begin(viewer_, a, "DE", number);
  for (int i = 0; i < 30; ++i) begin(viewer_, a, "DE");
  EXPECT_EQ(growing("DE"), 0u);
  const auto rows = pool_->read(
      [](sql::Tx& tx) { return tx.run_text("SELECT sum(viewers)::int FROM regional WHERE region = 'DE'"); });
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0].number(0), 1);
}

TEST_F(RegionalRpcTest, WhatAlwaysWasPopularDoesNotGrow) {
  const auto always = series(1), fresh = series(1);
  for (int day = 0; day < 3; ++day) {
    begin_by(60, always, "DE");
    clock_.advance(24h);
  }
  begin_by(30, always, "DE");
  begin_by(30, fresh, "DE");
  EXPECT_EQ(growing("DE"), 1u);
  EXPECT_EQ(regional_->of(*Tenant::parse("default"), "DE")->front().series.text(), fresh);
  clock_.advance(24h * 9);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return drop_regional(tx, clock_.now()); }));
  const auto rows = pool_->read([](sql::Tx& tx) { return tx.run_text("SELECT FROM regional"); });
  EXPECT_TRUE(rows && rows->empty());
}

}  // namespace
}  // namespace cliffhanger::recommendation
