// From plays with a region to what is in the feeds there.
#include <atomic>
#include <thread>

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
}

TEST_F(RegionalRpcTest, WhatGrowsThereIsInTheFeedsThereBeforeWhatIsMorePopular) {
  const auto star = series(2), better = series(2), local = series(2);
  const auto heat = [&](const std::string& of, const std::string& worth) {
    const auto done = pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("UPDATE series SET heat = " + worth + ", trend = " + worth + " WHERE series_id = '" +
                         of + "'");
    });
    EXPECT_TRUE(done) << done.error().message;
  };
  begin_by(1, star, ""), begin_by(1, better, ""), begin_by(20, local, "DE");
  heat(star, "1e9"), heat(better, "512");
  EXPECT_EQ(growing("DE"), 1u);
  clock_.advance(1h);
  // Whether the local one stands before the more popular one, and why.
  const auto in = [&](const std::string& region) {
    v1::GetFeedRequest ask;
    ask.set_viewer_region(region);
    EXPECT_TRUE(catalogue_->refresh());
    const auto got = rpc<v1::GetFeedResponse>(call(viewer_), ask);
    EXPECT_TRUE(got);
    EXPECT_EQ(got->items_size(), 3);
    EXPECT_EQ(got->items(0).series().series_id(), star);
    const bool before = got->items(1).series().series_id() == local;
    return std::pair(before, got->items(before ? 1 : 2).reason());
  };
  EXPECT_EQ(in("DE"), std::pair(true, v1::FEED_REASON_TRENDING));
  for (const auto* elsewhere : {"FR", ""}) {
    const auto [before, reason] = in(elsewhere);
    EXPECT_FALSE(before) << elsewhere;
    EXPECT_NE(reason, v1::FEED_REASON_TRENDING) << elsewhere;
  }
  clock_.advance(8h);
  EXPECT_EQ(growing("DE"), 0u) << "that was this morning";
  EXPECT_FALSE(in("DE").first);
}

// One database, as replicas see it.
TEST_F(RegionalRpcTest, OneReplicaCountsAndAllKnow) {
  const auto a = series(1);
  begin_by(20, a, "DE");
  const auto here = [](PgRegional& replica) { return replica.of(*Tenant::parse("default"), "DE")->size(); };
  std::vector<std::unique_ptr<PgRegional>> replicas;
  for (int i = 0; i < 4; ++i) replicas.push_back(std::make_unique<PgRegional>(*pool_, clock_, 1h));
  std::atomic<int> counted = 0;
  {
    std::vector<std::jthread> at_once;
    for (const auto& replica : replicas)
      at_once.emplace_back([&counted, it = replica.get()] {
        const auto done = it->refresh();
        ASSERT_TRUE(done) << done.error().message;
        counted += *done;
      });
  }
  EXPECT_EQ(counted, 1);
  for (const auto& replica : replicas) {
    EXPECT_FALSE(replica->refresh().value()) << "not due";
    EXPECT_EQ(here(*replica), 1u);
  }
  // What began since is not seen before the next count, by whomever.
  begin_by(20, series(1), "DE");
  EXPECT_FALSE(replicas[0]->refresh().value());
  EXPECT_EQ(here(*replicas[0]), 1u);
  PgRegional due(*pool_, clock_, Duration(0));
  EXPECT_TRUE(due.refresh().value());
  EXPECT_EQ(here(due), 2u);
  EXPECT_FALSE(replicas[0]->refresh().value());
  EXPECT_EQ(here(*replicas[0]), 2u);
}

TEST_F(RegionalRpcTest, WhoDiesCountingLeavesTheTurnAndWhatWasKnown) {
  begin_by(20, series(1), "DE");
  EXPECT_EQ(growing("DE"), 1u);
  begin_by(20, series(1), "DE");
  const auto died = pool_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("UPDATE regional_step SET step = step + 1, counted_at = clock_timestamp()"));
    CH_TRY(tx.run_text("DELETE FROM regional_growth"));
    EXPECT_FALSE(regional_->refresh().value()) << "another counts, and is not waited for";
    EXPECT_EQ(regional_->of(*Tenant::parse("default"), "DE")->size(), 1u);
    PgRegional started(*pool_, clock_, Duration(0));
    EXPECT_FALSE(started.refresh().value());
    EXPECT_EQ(started.of(*Tenant::parse("default"), "DE")->size(), 1u) << "whoever starts knows, too";
    return fail(internal("KILLED", "In mid-count."));
  });
  EXPECT_FALSE(died);
  EXPECT_TRUE(regional_->refresh().value());
  EXPECT_EQ(regional_->of(*Tenant::parse("default"), "DE")->size(), 2u);
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
