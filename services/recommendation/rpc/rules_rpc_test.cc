// Pins and boosts: made by operators, held to by feeds, in the log.
#include "services/recommendation/rpc/rules_rpc.h"
#include "cliffhanger/recommendation/v1/rules_service.pb.h"
#include "services/recommendation/rpc/test_feed_world.h"

#include <thread>

namespace cliffhanger::recommendation {
namespace {

using List = std::vector<std::string>;

class RulesRpcTest : public FeedWorld {
 protected:
  RulesRpcTest() {
    services_.push_back(rules_service(
        {*pool_,
         [](sql::Tx& tx, const Call& call) { return std::make_unique<PgRuleBook>(tx, call.caller.tenant); },
         clock_, random_}));
  }
  Call boss(const std::string& tenant = "default") {
    auto out = call(boss_, tenant);
    out.caller.role = Role::kOperator;
    return out;
  }
  v1::CreateRuleRequest pin(const std::string& series, int place) {
    v1::CreateRuleRequest in;
    in.set_kind(v1::RULE_KIND_PIN);
    in.set_series_id(series);
    in.set_place(place);
    set_time(in.mutable_end_time(), clock_.now() + 24h);
    return in;
  }
  v1::CreateRuleRequest boost(const std::string& tag, double factor) {
    v1::CreateRuleRequest in;
    in.set_kind(v1::RULE_KIND_BOOST);
    in.set_tag(tag);
    in.set_factor(factor);
    set_time(in.mutable_end_time(), clock_.now() + 24h);
    return in;
  }
  Result<v1::Rule> create(const v1::CreateRuleRequest& in, const std::string& tenant = "default") {
    return rpc<v1::CreateRuleResponse>(boss(tenant), in).map([](auto out) { return out.rule(); });
  }
  Result<v1::Rule> remove(const std::string& id, const std::string& tenant = "default") {
    v1::DeleteRuleRequest in;
    in.set_rule_id(id);
    return rpc<v1::DeleteRuleResponse>(boss(tenant), in).map([](auto out) { return out.rule(); });
  }
  List list(bool all, int size = 100) {
    List out;
    v1::ListRulesRequest in;
    in.set_all(all);
    in.set_page_size(size);
    do {
      const auto got = rpc<v1::ListRulesResponse>(boss(), in);
      EXPECT_TRUE(got);
      if (!got) break;
      for (const auto& rule : got->rules()) out.push_back(rule.rule_id());
      in.set_page_token(got->next_page_token());
    } while (!in.page_token().empty());
    return out;
  }
  static std::string reason(const auto& result) { return result ? "" : result.error().reason; }

  const UserId boss_ = UserId::make(clock_.now(), random_);
};

TEST_F(RulesRpcTest, APinIsOnEverybodysPageUntilItEndsOrIsDeleted) {
  const auto a = series(1), b = series(1), c = series(1);
  for (int i = 0; i < 5; ++i) applaud(c);
  EXPECT_EQ(feed(viewer_), (List{c, b, a}));
  const auto rule = create(pin(a, 1));
  ASSERT_TRUE(rule) << rule.error().message;
  const auto shown = page(call(viewer_), 10);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->items(0).series().series_id(), a);
  EXPECT_EQ(shown->items(0).reason(), v1::FEED_REASON_PINNED);
  EXPECT_EQ(shown->items(1).reason(), v1::FEED_REASON_POPULAR);
  const auto deleted = remove(rule->rule_id());
  ASSERT_TRUE(deleted);
  EXPECT_EQ(feed(viewer_), (List{c, b, a}));
  ASSERT_TRUE(create(pin(a, 1)));
  EXPECT_EQ(feed(viewer_), (List{a, c, b}));
  clock_.advance(24h);
  EXPECT_EQ(feed(viewer_), (List{c, b, a})) << "it ended, though nobody read that it did";
}

TEST_F(RulesRpcTest, BoostsOfATagMoveItUpAndDown) {
  const auto ghost = series(1, "", {"ghost"}), campus = series(1, "", {"campus"}), plain = series(1);
  for (int i = 0; i < 3; ++i)
    for (const auto& one : {ghost, campus, plain}) applaud(one);
  const auto up = create(boost("ghost", 8));
  ASSERT_TRUE(up && create(boost("campus", 0.2)));
  const auto shown = page(call(viewer_), 10);
  ASSERT_EQ(shown->items_size(), 3);
  EXPECT_EQ(shown->items(0).series().series_id(), ghost);
  EXPECT_EQ(shown->items(0).reason(), v1::FEED_REASON_BOOSTED);
  EXPECT_EQ(shown->items(2).series().series_id(), campus);
  EXPECT_NE(shown->items(2).reason(), v1::FEED_REASON_BOOSTED);
}

TEST_F(RulesRpcTest, WhatWasDecidedIsInTheLogAndReplays) {
  List all;
  for (int i = 0; i < 20; ++i) all.push_back(series(1, "", {i % 2 == 0 ? "ghost" : "campus"}));
  ASSERT_TRUE(create(pin(all[0], 3)) && create(boost("ghost", 0.25)));
  const auto shown = page(call(viewer_), 10);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->items(2).series().series_id(), all[0]);
  ASSERT_TRUE(decisions_->write());
  const auto found = pool_->read([&](sql::Tx& tx) {
    return find_decision(tx, *Tenant::parse("default"), *DecisionId::parse(shown->decision_id()));
  });
  ASSERT_TRUE(found && *found);
  const auto& decision = **found;
  EXPECT_TRUE(replays(decision));
  const auto& pinned = decision.pool.items[decision.placed[2].item];
  EXPECT_EQ(pinned.id.text(), all[0]);
  EXPECT_EQ(pinned.pin, 3);
  EXPECT_EQ(decision.placed[2].propensity, 1);
  for (const auto& item : decision.pool.items) {
    const auto at = std::ranges::find(all, item.id.text()) - all.begin();
    EXPECT_EQ(item.boost, at % 2 == 0 ? 0.25f : 1.f);
  }
}

TEST_F(RulesRpcTest, WhoDidWhatAndWhenIsKept) {
  const auto a = series(1);
  auto in = pin(a, 2);
  in.set_region("DE");
  in.set_note("premiere");
  const auto made = create(in);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->created_by(), boss_.text());
  EXPECT_EQ(time_of(made->create_time()), clock_.now());
  EXPECT_EQ(made->note(), "premiere");
  EXPECT_EQ(made->region(), "DE");
  EXPECT_EQ(made->place(), 2);
  EXPECT_FALSE(made->has_delete_time());
  const auto begun = clock_.now();
  clock_.advance(1h);
  const auto deleted = remove(made->rule_id());
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->deleted_by(), boss_.text());
  EXPECT_EQ(time_of(deleted->delete_time()), begun + 1h);
  clock_.advance(1h);
  EXPECT_EQ(remove(made->rule_id())->SerializeAsString(), deleted->SerializeAsString()) << "again";
  EXPECT_EQ(reason(remove(new_id())), "RULE_NOT_FOUND");
  EXPECT_EQ(reason(remove(made->rule_id(), "other")), "RULE_NOT_FOUND");
  EXPECT_EQ(list(false), List{});
  EXPECT_EQ(list(true), List{made->rule_id()});
}

TEST_F(RulesRpcTest, WhatCannotBeIsRefused) {
  const auto a = series(1), b = series(1);
  EXPECT_EQ(reason(create(pin(a, 0))), "INVALID_RULE");
  EXPECT_EQ(reason(create(boost("ghost", 11))), "INVALID_RULE");
  EXPECT_EQ(reason(create(pin(new_id(), 1))), "SERIES_NOT_FOUND");
  EXPECT_EQ(reason(create(pin(a, 1), "other")), "SERIES_NOT_FOUND") << "another tenant's";
  const auto first = create(pin(a, 1));
  ASSERT_TRUE(first);
  const auto taken = create(pin(b, 1));
  EXPECT_EQ(reason(taken), "PLACE_TAKEN");
  EXPECT_EQ(taken.error().metadata.at("rule_id"), first->rule_id());
  ASSERT_TRUE(remove(first->rule_id()));
  EXPECT_TRUE(create(pin(b, 1)));
}

TEST_F(RulesRpcTest, OfManyAtOnceOneGetsThePlaceAndListsGoOn) {
  const auto a = series(1);
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, in = pin(a, 1)] { made += create(in).has_value(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  for (int place = 2; place <= 7; ++place) {
    clock_.advance(1ms);
    ASSERT_TRUE(create(pin(a, place)));
  }
  EXPECT_EQ(list(false, 3), list(false));
  EXPECT_EQ(list(false).size(), 7u);
}

TEST_F(RulesRpcTest, RulesStayWithTheirTenantAndOutliveTheDatabase) {
  const auto a = series(1), b = series(1);
  ASSERT_TRUE(create(boost("ghost", 2), "other"));
  ASSERT_TRUE(rules_->refresh());
  EXPECT_TRUE(rules_->of(*Tenant::parse("default"))->empty());
  EXPECT_EQ(rules_->of(*Tenant::parse("other"))->size(), 1u);
  ASSERT_TRUE(create(pin(a, 1)));
  PgRules replica(*pool_, clock_);
  ASSERT_TRUE(replica.refresh());
  EXPECT_EQ(replica.of(*Tenant::parse("default"))->size(), 1u) << "one that just started";
  clock_.advance(25h);
  ASSERT_TRUE(rules_->refresh());  // all anew
  EXPECT_TRUE(rules_->of(*Tenant::parse("default"))->empty()) << "what has ended is not kept in memory";
}

}  // namespace
}  // namespace cliffhanger::recommendation
