// Experiments on how the feed ranks: who gets which, and that the log knows.
#include "services/recommendation/rpc/feed_arms.h"

#include <algorithm>

#include "libs/rpc/client.h"
#include "libs/rpc/probe.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

class FeedArmsTest : public FeedWorld {
 protected:
  FeedArmsTest() {
    arms::Experiment ranking;
    ranking.tenant = *Tenant::parse("default");
    ranking.id = Uuid::v7(clock_.now(), random_);
    ranking.key = "unpopular";
    ranking.kind = arms::Kind::kRanking;
    ranking.variations = {
        {"control", {}},
        {"upside-down", {.ranking = R"({"weights": {"popularity": -50}, "exploreEvery": 50})"}}};
    experiments_ = {ranking};
    EXPECT_TRUE(arms_.refresh());
    applied_ = &feed_arms_;
    serve(no_shown_);
    for (int i = 0; i < 4; ++i) all_.push_back(series(2));
    for (int i = 0; i < 6; ++i) applaud(all_[0]);
    clock_.advance(24h * 30);  // nothing is new
  }
  Decision logged_decision(const std::string& id) {
    EXPECT_TRUE(decisions_->write());
    const auto found = pool_->read(
        [&](sql::Tx& tx) { return find_decision(tx, *Tenant::parse("default"), *DecisionId::parse(id)); });
    EXPECT_TRUE(found && *found);
    return found && *found ? **found : Decision();
  }

  std::vector<arms::Experiment> experiments_;
  std::string given_ = "upside-down";
  bool away_ = false;
  arms::Arms arms_{[this]() -> Result<std::vector<arms::Experiment>> { return experiments_; },
                   [this](const Call&, const std::vector<Uuid>& wanted,
                          const std::string&) -> Result<std::vector<arms::Assigned>> {
                     if (away_) return fail(unavailable("AWAY", "Away."));
                     std::vector<arms::Assigned> out;
                     for (const Uuid& id : wanted)
                       if (!given_.empty()) out.push_back({id, given_, true});
                     return out;
                   },
                   metrics_,
                   {.keep = std::chrono::milliseconds(0)}};
  rpc::NoClientProbe probed_;
  arms::Exposures exposures_{rpc::Client({std::make_shared<rpc::Channel>("unix:/nowhere"), "recommendation",
                                          nullptr, &clock_, &random_, &probed_}),
                             metrics_};
  FeedArms feed_arms_{arms_, exposures_};
  std::vector<std::string> all_;
};

TEST_F(FeedArmsTest, TheFeedRanksAsTheViewersVariationSaysAndTheLogKnows) {
  const auto page_of = [&] { return *page(call(UserId::make(clock_.now(), random_)), 4); };
  const auto changed = page_of();
  EXPECT_NE(changed.items(0).series().series_id(), all_[0]);
  const auto decision = logged_decision(changed.decision_id());
  EXPECT_EQ(decision.arms, std::vector<std::string>{"unpopular=upside-down"});
  EXPECT_EQ(decision.slotting.explore_every, 50);
  EXPECT_TRUE(replays(decision));
  given_ = "control";
  const auto usual = page_of();
  EXPECT_EQ(usual.items(0).series().series_id(), all_[0]);
  EXPECT_EQ(logged_decision(usual.decision_id()).arms, std::vector<std::string>{"unpopular=control"});
  given_ = "";
  EXPECT_TRUE(logged_decision(page_of().decision_id()).arms.empty());
  away_ = true;
  const auto without = page_of();
  EXPECT_EQ(without.items(0).series().series_id(), all_[0]);
  EXPECT_FALSE(without.degraded());
}

TEST_F(FeedArmsTest, WhatCatalogPutInIsInTheLogOnce) {
  given_ = "";
  for (auto& [id, item] : in_catalog_) {
    auto* arm = item.add_arms();
    arm->set_experiment_key("title");
    arm->set_variation_key("b");
  }
  const auto got = page(call(viewer_), 4);
  ASSERT_TRUE(got);
  EXPECT_EQ(logged_decision(got->decision_id()).arms, std::vector<std::string>{"title=b"});
}

TEST_F(FeedArmsTest, WhoRefusesProfilingHasTheFeedThatEverybodyHas) {
  const auto done = pool_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("INSERT INTO consent (tenant, user_id, profiling, version) VALUES ('default', '" +
                       viewer_.text() + "', false, 1)"));
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  const auto got = page(call(viewer_), 4);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->items(0).series().series_id(), all_[0]);
  EXPECT_TRUE(logged_decision(got->decision_id()).arms.empty());
}

TEST(RankingTest, WhatCanNotBeIsRefused) {
  const auto fault = [](const char* text) {
    const auto out = changed_by(Policy(), text);
    return out ? std::string() : out.error().message;
  };
  EXPECT_EQ(fault("{}"), "");
  EXPECT_EQ(fault(R"({"weights": {"popularity": 2.5}, "exploreEvery": 3, "model": false})"), "");
  EXPECT_EQ(fault("7"), "has a ranking that is no object");
  EXPECT_EQ(fault(R"({"weights": {"popularty": 2}})"), "names a weight that there is not: popularty");
  EXPECT_EQ(fault(R"({"weights": {"popularity": "2"}})"),
            "has a weight that is no number up to 100: popularity");
  EXPECT_EQ(fault(R"({"weights": {"popularity": 1e9}})"),
            "has a weight that is no number up to 100: popularity");
  EXPECT_EQ(fault(R"({"exploreEvery": 1})"), "has an exploreEvery that is not from 2 to 100");
  EXPECT_EQ(fault(R"({"model": 1})"), "has a model that is neither true nor false");
  EXPECT_EQ(fault(R"({"policy": "x"})"), "has something in its ranking that there is not: policy");
  const auto out = changed_by(Policy(), R"({"weights": {"goingOn": 2}, "exploreEvery": 3})");
  ASSERT_TRUE(out);
  EXPECT_EQ(out->policy.weights.going_on, 2);
  EXPECT_EQ(out->policy.slotting.explore_every, 3);
  EXPECT_TRUE(out->model);
}

}  // namespace
}  // namespace cliffhanger::recommendation
