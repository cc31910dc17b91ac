#include "libs/rank/watch_value.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libs/rank/draw.h"

namespace cliffhanger::rank {
namespace {

// Viewers whose boredom comes at a constant rate, of videos of 5 to 200 s.
std::vector<Watch> bored(int count, double mean_patience, Draw& draw) {
  std::vector<Watch> out;
  for (int i = 0; i < count; ++i) {
    const double duration = 5 + 195 * draw.uniform(), patience = draw.exponential(mean_patience);
    out.push_back(
        {duration, std::min(patience, duration), patience < duration ? End::kLeft : End::kFinished});
  }
  return out;
}

TEST(WatchValue, TheShareThatIsOutlastedWhateverTheDuration) {
  // Everybody watches a uniform share of whatever it is: that share is the value.
  Draw draw(1);
  std::vector<Watch> watches;
  for (int i = 0; i < 60'000; ++i) {
    const double duration = 5 + 295 * draw.uniform();
    watches.push_back({duration, duration * draw.uniform(), End::kLeft});
  }
  const auto value = WatchValue::fit(watches);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->groups(), 30u);
  for (const double duration : {10.0, 60.0, 290.0})
    for (const double share : {0.1, 0.45, 0.9}) {
      EXPECT_NEAR(value->quantile({duration, share * duration, End::kLeft}), share, 0.04);
      EXPECT_NEAR(value->seconds(share, duration), share * duration, 0.04 * duration);
      EXPECT_EQ(value->level({duration, share * duration, End::kLeft}), static_cast<int>(share * 8));
    }
  EXPECT_NEAR(value->mean_seconds(100), 50, 2);
  EXPECT_NEAR(value->level_seconds(3, 100), 100 * 3.5 / 8, 2);
}

TEST(WatchValue, TheMeanIsOneHalfWithTiesAtTheEnd) {
  Draw draw(2);
  const auto watches = bored(30'000, 40, draw);
  const auto value = WatchValue::fit(watches);
  ASSERT_TRUE(value);
  double sum = 0, seconds = 0, known = 0;
  for (const auto& watch : watches) {
    sum += value->quantile(watch);
    seconds += watch.seconds;
    known += value->level_seconds(value->level(watch), watch.duration);
  }
  EXPECT_NEAR(sum / 30'000, 0.5, 0.01);
  EXPECT_NEAR(known / seconds, 1, 0.01);  // levels keep the seconds
  // All who finish are equals, and ahead of all who don't.
  const double finished = value->quantile({20, 20, End::kFinished});
  EXPECT_NEAR(finished, 1 - std::exp(-20.0 / 40) / 2, 0.03);
  EXPECT_LT(value->quantile({20, 19.9, End::kLeft}), finished);
}

TEST(WatchValue, WhatElseEndedAWatchIsNoBoredom) {
  // Two watches in five are cut off at random. The curve without them is found again, and one that takes
  // them for boredom is far off.
  Draw draw(3);
  auto watches = bored(60'000, 40, draw);
  auto cut = watches;
  for (auto& watch : cut) {
    const double lost = draw.exponential(60);
    if (lost < watch.seconds) watch = {watch.duration, lost, End::kCensored};
  }
  auto naive = cut;
  for (auto& watch : naive)
    if (watch.end == End::kCensored) watch.end = End::kLeft;
  const auto truth = WatchValue::fit(watches), found = WatchValue::fit(cut), wrong = WatchValue::fit(naive);
  ASSERT_TRUE(truth && found && wrong);
  for (const double duration : {30.0, 100.0}) {
    EXPECT_NEAR(found->mean_seconds(duration), truth->mean_seconds(duration),
                0.05 * truth->mean_seconds(duration));
    EXPECT_LT(wrong->mean_seconds(duration), 0.9 * truth->mean_seconds(duration));
  }
  // Of a watch that was cut off it is known that it outlasts what ended before: the mean of the rest.
  const double left = truth->quantile({100, 30, End::kLeft});
  EXPECT_NEAR(truth->quantile({100, 30, End::kCensored}), (left + 1) / 2, 0.01);
}

TEST(WatchValue, OddWatches) {
  EXPECT_EQ(WatchValue::fit({}).error().reason, "NO_WATCHES");
  const std::vector<Watch> none = {
      {0, 1, End::kLeft}, {10, -1, End::kLeft}, {NAN, 1, End::kLeft}, {10, INFINITY, End::kLeft}};
  EXPECT_EQ(WatchValue::fit(none).error().reason, "NO_WATCHES");
  // One watch, all censored, all alike, all skipped: tables all the same.
  for (const auto& only :
       std::vector<std::vector<Watch>>{{{10, 5, End::kLeft}},
                                       {{10, 5, End::kCensored}, {12, 6, End::kCensored}},
                                       std::vector<Watch>(500, Watch{10, 10, End::kFinished}),
                                       std::vector<Watch>(500, Watch{10, 0, End::kLeft})}) {
    const auto value = WatchValue::fit(only);
    ASSERT_TRUE(value);
    for (const double q : {-1.0, 0.0, 0.5, 1.0, 2.0}) {
      const double seconds = value->seconds(q, 10);
      EXPECT_GE(seconds, 0);
      EXPECT_LE(seconds, 10 * kMostRepeats);
    }
    for (int level = 0; level < kLevels; ++level) EXPECT_TRUE(std::isfinite(value->level_seconds(level, 10)));
    EXPECT_TRUE(std::isfinite(value->quantile({1e9, 1e9, End::kLeft})));
  }
  const auto value = WatchValue::fit(std::vector<Watch>{{10, 5, End::kLeft}});
  EXPECT_EQ(value->seconds(NAN, 10), 0);
  EXPECT_EQ(value->seconds(0.5, -1), 0);
  EXPECT_EQ(value->quantile({0, 1, End::kLeft}), 0.5);
}

TEST(WatchValue, BytesAndDamage) {
  Draw draw(4);
  const auto value = WatchValue::fit(bored(5000, 40, draw));
  ASSERT_TRUE(value);
  const auto bytes = value->encode();
  const auto again = WatchValue::decode(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->encode(), bytes);
  EXPECT_EQ(again->quantile({50, 20, End::kLeft}), value->quantile({50, 20, End::kLeft}));
  EXPECT_EQ(again->level_seconds(6, 50), value->level_seconds(6, 50));
  for (std::size_t length = 0; length < bytes.size(); length += 97)
    EXPECT_FALSE(WatchValue::decode(std::string_view(bytes).substr(0, length)));
  for (std::size_t at = 0; at < bytes.size(); at += 101) {
    auto odd = bytes;
    odd[at] = static_cast<char>(odd[at] ^ 0x40);
    EXPECT_EQ(WatchValue::decode(odd).error().reason, "BAD_MODEL");
  }
}

}  // namespace
}  // namespace cliffhanger::rank
