#include "services/recommendation/domain/taste.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "services/recommendation/domain/draw.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

using Tags = std::vector<std::string>;

TEST(TasteTest, IsBoundedAndForgetsWhatIsLeastKnown) {
  Taste taste;
  for (int i = 0; i < 3; ++i) taste.learn(Tags{"known"}, true);
  for (std::size_t i = 0; i < 3 * kMostTastes; ++i) taste.learn(Tags{"tag" + std::to_string(i)}, i % 2 == 0);
  EXPECT_EQ(taste.all().size(), kMostTastes);
  EXPECT_EQ(taste.all().at("known"), (Evidence{3, 0}));
}

// Series have eighty episodes: who watched three of a kind and then skips ten of it is believed.
TEST(TasteTest, ATasteThatChangesIsBelieved) {
  Taste taste;
  taste.set("mafia", {400, 0});  // as it was kept before anything faded
  for (int i = 0; i < 240; ++i) taste.learn(Tags{"mafia"}, true);
  EXPECT_GT(expected(taste, {}).at("mafia"), 0.9);
  for (int i = 0; i < 10; ++i) taste.learn(Tags{"mafia"}, false);
  const double doubted = expected(taste, {}).at("mafia");
  EXPECT_LT(doubted, 0.8);
  for (int i = 0; i < 40; ++i) taste.learn(Tags{"mafia"}, false);
  EXPECT_LT(expected(taste, {}).at("mafia"), Taste::kPriorMean);
}

TEST(TasteTest, TwoTastesAddUp) {
  Taste one, two;
  one.learn(Tags{"a", "b"}, true);
  two.learn(Tags{"b"}, false);
  one.add(two);
  EXPECT_EQ(one.all().at("b"), (Evidence{1, 1}));
  EXPECT_EQ(one.all().at("a"), (Evidence{1, 0}));
}

TEST(TasteTest, ASampleIsTheSeedsAndHoldsPickedAndCommonTags) {
  Taste taste;
  taste.learn(Tags{"seen"}, true);
  const auto drawn = sample(taste, Tags{"picked"}, Tags{"common"}, 7);
  EXPECT_EQ(drawn.size(), 3u);
  EXPECT_EQ(drawn, sample(taste, Tags{"picked"}, Tags{"common"}, 7));
  EXPECT_NE(drawn, sample(taste, Tags{"picked"}, Tags{"common"}, 8));
  for (const auto& [tag, chance] : drawn) EXPECT_TRUE(chance >= 0 && chance <= 1) << tag;
}

TEST(TasteTest, DrawsHaveThePosteriorsMean) {
  Taste taste;
  for (int i = 0; i < 6; ++i) taste.learn(Tags{"a"}, i > 0);  // Beta(1 + 5, 2 + 1)
  double sum = 0, picked = 0;
  constexpr int kRounds = 20'000;
  for (int seed = 0; seed < kRounds; ++seed) {
    const auto drawn = sample(taste, Tags{"p"}, {}, mix(static_cast<std::uint64_t>(seed) + 1));
    sum += drawn.at("a");
    picked += drawn.at("p");
  }
  EXPECT_NEAR(sum / kRounds, 6.0 / 9, 0.01);
  EXPECT_NEAR(picked / kRounds, 5.0 / 7, 0.01);
}

// Thompson's rule over a viewer who watches one tag 70 % of the time and the others 20 %: it soon plays that
// tag.
TEST(TasteTest, TheBanditFindsTheBestTag) {
  Taste taste;
  const Tags all{"a", "b", "c", "d", "e"};
  Draws viewer(3);
  int best = 0;
  for (std::uint64_t round = 0; round < 400; ++round) {
    const auto drawn = sample(taste, {}, all, mix(round + 99));
    const auto arm = std::max_element(drawn.begin(), drawn.end(), [](auto& x, auto& y) {
                       return x.second < y.second;
                     })->first;
    taste.learn(Tags{arm}, unit(viewer()) < (arm == "c" ? 0.7 : 0.2));
    best += round >= 200 && arm == "c";
  }
  EXPECT_GT(best, 180);  // of the last 200
}

}  // namespace
}  // namespace cliffhanger::recommendation
