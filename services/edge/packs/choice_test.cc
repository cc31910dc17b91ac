#include "services/edge/packs/choice.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace cliffhanger::edge {
namespace {

using std::chrono::milliseconds;

// As a profile has them: the default first, then best first, the cellular one last.
const std::vector<Rung> kLadder = {{540, 1'700'000, 400'000},
                                   {1080, 6'000'000, 1'300'000},
                                   {720, 3'000'000, 700'000},
                                   {360, 800'000, 190'000},
                                   {240, 190'000, 60'000}};

int side(const Network& network, const std::vector<Rung>& ladder = kLadder) {
  return ladder[choose_rung(ladder, 0, network)].short_side;
}
Network at(std::int64_t throughput) {
  Network network;
  network.throughput = throughput;
  return network;
}

TEST(ChooseRung, WithoutAMeasurementThePlayersFirst) {
  EXPECT_EQ(side({}), 540);
  EXPECT_EQ(choose_rung(kLadder, 2, {}), 2u);
}

TEST(ChooseRung, TheLargestThatPlaysOnAndComesInTime) {
  EXPECT_EQ(side(at(50'000'000)), 1080);
  EXPECT_EQ(side(at(15'000'000)), 1080) << "its start is 10.4 Mb, and 70 % are 10.5 in a second";
  EXPECT_EQ(side(at(14'800'000)), 720);
  EXPECT_EQ(side(at(7'900'000)), 540);
  EXPECT_EQ(side(at(4'500'000)), 360);
  EXPECT_EQ(side(at(2'100'000)), 240);
  auto light = kLadder;
  for (auto& rung : light) rung.start_bytes /= 10;
  EXPECT_EQ(side(at(8'600'000), light), 1080) << "70 % of it are 6.02 Mb/s";
  EXPECT_EQ(side(at(8'500'000), light), 720);
}

TEST(ChooseRung, WhenNothingFitsTheLowest) {
  EXPECT_EQ(side(at(1)), 240);
  EXPECT_EQ(side(at(100'000)), 240);
}

TEST(ChooseRung, AStartThatComesTooLateIsTooLarge) {
  auto ladder = kLadder;
  ladder[2].start_bytes = 2'000'000;  // 16 Mb within a second, though it plays on with 3 Mb/s
  EXPECT_EQ(side(at(14'000'000), ladder), 540);
  EXPECT_EQ(side(at(20'000'000), ladder), 1080);
}

TEST(ChooseRung, NoMoreThanTheDisplayShows) {
  Network network = at(50'000'000);
  network.short_side = 1080;
  EXPECT_EQ(side(network), 1080);
  network.short_side = 600;
  EXPECT_EQ(side(network), 720) << "the smallest that fills it";
  network.short_side = 100;
  EXPECT_EQ(side(network), 240);
  network.short_side = 4000;
  EXPECT_EQ(side(network), 1080);
  network = {};
  network.short_side = 300;
  EXPECT_EQ(side(network), 360) << "below the default";
}

TEST(ChooseRung, SavingDataTakesTheLowestThatIsWorthIt) {
  Network network = at(50'000'000);
  network.save_data = true;
  EXPECT_EQ(side(network), 360);
  network.throughput = 0;
  EXPECT_EQ(side(network), 360);
  network.throughput = 400'000;
  EXPECT_EQ(side(network), 240) << "360 doesn't play on";
}

RC_GTEST_PROP(ChooseRung, IsOneOfThemAndNeverWorseWithABetterNetwork, ()) {
  const auto sides = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 3000)));
  std::vector<Rung> ladder;
  for (const int s : sides) ladder.push_back({s, s * std::int64_t{3000}, s * std::int64_t{700}});
  Network network = at(*rc::gen::inRange(1, 50'000'000));
  network.short_side = *rc::gen::inRange(0, 3000);
  const auto chosen = choose_rung(ladder, 0, network);
  RC_ASSERT(chosen < ladder.size());
  Network better = network;
  better.throughput *= 2;
  RC_ASSERT(ladder[choose_rung(ladder, 0, better)].short_side >= ladder[chosen].short_side);
}

TEST(Spendable, IsWhatTheBufferCanSpare) {
  EXPECT_EQ(spendable(1000, {}), 1000);
  Network network = at(8'000'000);
  EXPECT_EQ(spendable(10'000'000, network), 10'000'000) << "nothing plays";
  network.buffered = milliseconds(5000);
  EXPECT_EQ(spendable(10'000'000, network), 2'100'000) << "3 s of 0.7 MB/s";
  EXPECT_EQ(spendable(2'000'000, network), 2'000'000);
  network.buffered = milliseconds(2000);
  EXPECT_EQ(spendable(10'000'000, network), 0);
  network.buffered = milliseconds(0);
  EXPECT_EQ(spendable(10'000'000, network), 0);
  network.throughput = 0;
  EXPECT_EQ(spendable(10'000'000, network), 10'000'000);
}

TEST(Cut, StartsInOrderThenSecondSegments) {
  const std::vector<Cost> costs = {{100, 80}, {0, 0}, {50, 40}, {70, 60}};
  EXPECT_EQ(cut(costs, 400), (std::vector{2, 0, 2, 2}));
  EXPECT_EQ(cut(costs, 399), (std::vector{2, 0, 2, 1}));
  EXPECT_EQ(cut(costs, 220), (std::vector{1, 0, 1, 1}));
  EXPECT_EQ(cut(costs, 219), (std::vector{1, 0, 1, 0}));
  EXPECT_EQ(cut(costs, 149), (std::vector{1, 0, 0, 0})) << "nothing passes the one that doesn't fit";
  EXPECT_EQ(cut(costs, 99), (std::vector{0, 0, 0, 0}));
  EXPECT_EQ(cut(costs, -1), (std::vector{0, 0, 0, 0}));
  EXPECT_TRUE(cut({}, 100).empty());
}

RC_GTEST_PROP(Cut, NeverSpendsMoreAndMoreBudgetNeverGivesLess, ()) {
  std::vector<Cost> costs;
  for (const auto& [a, b] : *rc::gen::container<std::vector<std::pair<int, int>>>(
           rc::gen::pair(rc::gen::inRange(0, 1000), rc::gen::inRange(0, 1000))))
    costs.push_back({a, a == 0 ? 0 : b});
  const std::int64_t budget = *rc::gen::inRange(0, 5000);
  const auto spent = [&](const std::vector<int>& segments) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < costs.size(); ++i)
      sum += (segments[i] >= 1 ? costs[i].first : 0) + (segments[i] == 2 ? costs[i].second : 0);
    return sum;
  };
  const auto got = cut(costs, budget), more = cut(costs, budget + 500);
  RC_ASSERT(spent(got) <= budget);
  for (std::size_t i = 0; i < got.size(); ++i) RC_ASSERT(more[i] >= got[i]);
}

}  // namespace
}  // namespace cliffhanger::edge
