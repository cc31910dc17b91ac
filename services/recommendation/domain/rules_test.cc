#include "services/recommendation/domain/rules.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "services/recommendation/domain/menu.h"
#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class RulesTest : public testing::Test {
 protected:
  Rule pin(SeriesId series, int place) {
    Rule out;
    out.series = series;
    out.place = place;
    out.start = world_.now - 1h;
    out.end = world_.now + 1h;
    return out;
  }
  Rule boost(SeriesId series, double factor, std::string tag = "") {
    Rule out = pin(series, 0);
    out.kind = RuleKind::kBoost;
    out.factor = factor;
    out.tag = std::move(tag);
    return out;
  }
  Menu menu(std::vector<Rule> rules, std::string region = "", bool refuses = false) {
    catalogue_ = world_.catalogue();
    ruling_.emplace(rules, catalogue_, region, world_.now);
    viewer_.audience.region = region;
    viewer_.profiling_refused = refuses;
    return make_menu({catalogue_, viewer_, nullptr, chain_, shown_, world_.policy, 10, nullptr, &*ruling_});
  }
  // The first page's series, without draws.
  std::vector<SeriesId> page(const Menu& menu) {
    auto slotting = world_.policy.slotting;
    slotting.arms = 1;
    std::vector<SeriesId> out;
    for (const auto& place : choose(menu.pool, slotting, {7, 0, 10}))
      out.push_back(menu.pool.items[place.item].id);
    return out;
  }
  static const PoolItem& find(const Menu& in, SeriesId id) {
    return *std::ranges::find(in.pool.items, id, &PoolItem::id);
  }
  static std::string faults(const Rule& rule) {
    const auto checked = check(rule);
    std::string out;
    if (!checked)
      for (const auto& fault : checked.error().faults) out += fault.field + ' ';
    return out;
  }

  TestWorld world_;
  Catalogue catalogue_;
  std::optional<Ruling> ruling_;
  Viewer viewer_;
  ShownList shown_;
  Chain chain_ = Chain::start(world_.now, world_.random);
};

TEST_F(RulesTest, WhatCannotHoldIsRefusedFieldByField) {
  const auto id = SeriesId::make(world_.now, world_.random);
  EXPECT_EQ(faults(pin(id, 1)), "");
  EXPECT_EQ(faults(pin(id, 50)), "");
  EXPECT_EQ(faults(pin(SeriesId(), 0)), "series_id place ");
  EXPECT_EQ(faults(pin(id, 51)), "place ");
  EXPECT_EQ(faults(boost(id, 10)), "");
  EXPECT_EQ(faults(boost(SeriesId(), .1, "ghost")), "");
  EXPECT_EQ(faults(boost(id, 10.5, "ghost")), "series_id factor ");
  EXPECT_EQ(faults(boost(id, std::numeric_limits<double>::quiet_NaN())), "factor ");
  EXPECT_EQ(faults(boost(SeriesId(), 2)), "series_id ");
  auto rule = pin(id, 1);
  rule.region = "de";
  rule.end = rule.start;
  EXPECT_EQ(faults(rule), "region end_time ");
  rule.region = "DE";
  rule.end = rule.start + 24h * 367;
  EXPECT_EQ(faults(rule), "end_time ");
}

TEST_F(RulesTest, PinsContendForAPlaceATimeAndARegion) {
  const auto id = SeriesId::make(world_.now, world_.random);
  auto a = pin(id, 1), b = pin(id, 1);
  EXPECT_TRUE(contend(a, b));
  a.region = "DE";
  EXPECT_TRUE(contend(a, b));
  b.region = "FR";
  EXPECT_FALSE(contend(a, b));
  b.region = "DE";
  EXPECT_TRUE(contend(a, b));
  b.start = a.end;
  b.end = b.start + 1h;
  EXPECT_FALSE(contend(a, b));
  EXPECT_FALSE(contend(pin(id, 1), pin(id, 2)));
  EXPECT_FALSE(contend(pin(id, 1), boost(id, 2)));
}

TEST_F(RulesTest, APinBringsAnUnpopularSeriesToItsPlaceForAsLongAsItHolds) {
  for (int i = 0; i < 600; ++i) world_.series(1000 - i);
  const auto last = world_.series(0.001).id;
  EXPECT_EQ(std::ranges::count(page(menu({})), last), 0);
  EXPECT_EQ(page(menu({pin(last, 3)}))[2], last);
  EXPECT_EQ(page(menu({pin(last, 3), pin(last, 1)}))[0], last) << "of two places the first";
  auto over = pin(last, 3), later = over, abroad = over;
  over.end = world_.now;
  later.start = world_.now + 1us;
  abroad.region = "DE";
  EXPECT_EQ(std::ranges::count(page(menu({over, later, abroad})), last), 0);
  EXPECT_EQ(page(menu({over, later, abroad}, "DE"))[2], last);
  EXPECT_EQ(page(menu({pin(last, 3)}, "", true))[2], last) << "it profiles nobody";
  for (int i = 0; i < 4; ++i) chain_.serve(world_.known[static_cast<std::size_t>(i)].id);
  EXPECT_EQ(find(menu({pin(last, 6)}), last).pin, 2) << "of the next page";
}

TEST_F(RulesTest, NoPinAgainstTheViewer) {
  for (int i = 0; i < 30; ++i) world_.series(1000 - i);
  auto& wanted = world_.series(0.001);
  wanted.least_age = 16;
  const auto id = wanted.id;
  const auto shown = [&](const Menu& of) {
    return std::ranges::count(of.pool.items, id, &PoolItem::id) > 0 && find(of, id).pin == 1;
  };
  EXPECT_TRUE(shown(menu({pin(id, 1)})));
  viewer_.audience.greatest_rating = 12;
  EXPECT_EQ(std::ranges::count(menu({pin(id, 1), boost(id, 10)}).pool.items, id, &PoolItem::id), 0);
  viewer_.audience.greatest_rating = kAdult;
  wanted.regions.blocked = {"DE"};
  EXPECT_FALSE(shown(menu({pin(id, 1)}, "DE")));
  EXPECT_TRUE(shown(menu({pin(id, 1)}, "FR")));
  shown_.add({id}, chain_.seed() ^ ~std::uint64_t{0});
  EXPECT_FALSE(shown(menu({pin(id, 1)}))) << "it was on another chain's page";
  shown_ = ShownList();
  chain_.serve(id);
  EXPECT_FALSE(shown(menu({pin(id, 2)}))) << "it was on this chain's";
  chain_ = Chain::start(world_.now, world_.random);
  viewer_.seen.push_back({id, world_.now, true, {}, wanted.grown});
  EXPECT_FALSE(shown(menu({pin(id, 1)}))) << "all of it was watched";
  viewer_.seen = {{id, world_.now, false, {1, world_.now}, std::nullopt}};
  EXPECT_FALSE(shown(menu({pin(id, 1)}))) << "it was skipped";
  EXPECT_FALSE(shown(menu({pin(id, 1)}, "", true))) << "also by who refuses profiling";
  EXPECT_EQ(find(menu({boost(id, 10)}), id).boost, 1);
  viewer_.seen = {{id, world_.now, false, {}, std::nullopt}};
  EXPECT_TRUE(shown(menu({pin(id, 1)}))) << "where one goes on may be anywhere";
}

TEST_F(RulesTest, BoostsMultiplyOddsWithinBoundsAndSaySo) {
  EXPECT_FLOAT_EQ(boosted(.5f, 3), .75f);
  EXPECT_FLOAT_EQ(boosted(.75f, 1. / 3), .5f);
  EXPECT_EQ(boosted(.3f, 1), .3f);
  EXPECT_EQ(boosted(0, 10), 0);
  EXPECT_EQ(boosted(1, .1), 1);
  for (int i = 0; i < 30; ++i) world_.series(100);
  const auto ghost = world_.series(80, 24h * 365, {"ghost"}).id,
             both = world_.series(80, 24h * 365, {"ghost"}).id;
  const auto plain = find(menu({}), ghost).value;
  const auto on = menu({boost(SeriesId(), 4, "ghost"), boost(both, 5)});
  EXPECT_FLOAT_EQ(find(on, ghost).value, boosted(plain, 4));
  EXPECT_FLOAT_EQ(find(on, both).value, boosted(plain, 10)) << "20 is too much";
  EXPECT_EQ(find(on, both).boost, 10);
  EXPECT_EQ(find(on, both).reason, Reason::kBoosted);
  EXPECT_EQ(page(on)[0], both);
  const auto down = menu({boost(SeriesId(), .1, "ghost")});
  EXPECT_LT(find(down, ghost).value, plain);
  EXPECT_EQ(find(down, ghost).reason, Reason::kPopular);
  EXPECT_EQ(find(menu({boost(SeriesId(), 4, "unknown")}), ghost).value, plain);
}

// 500 rules on a page of a great catalogue: what is pinned is in the pool however many there are.
TEST_F(RulesTest, ManyRulesAtOnce) {
  std::vector<Rule> rules;
  for (int i = 0; i < 1000; ++i) {
    const auto id = world_.series(1000 - i).id;
    if (i >= 950) rules.push_back(pin(id, i - 949));
    if (i % 2 == 0) rules.push_back(boost(id, .5));
  }
  const auto of = menu(rules);
  EXPECT_LE(of.pool.items.size(), 255u);
  const auto all = page(of);
  ASSERT_EQ(all.size(), 10u);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], world_.known[950 + i].id);
}

}  // namespace
}  // namespace cliffhanger::recommendation
