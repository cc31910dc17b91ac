#include "services/insight/domain/acts.h"

#include <gtest/gtest.h>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

const Uuid kOne = Uuid::from_name("one"), kTwo = Uuid::from_name("two"), kSeries = Uuid::from_name("series");

Event event(int kind, const Uuid& episode, std::int64_t amount_ms = 0, std::int64_t position_ms = 0,
            const std::string& value = "") {
  Event out;
  out.kind = kind;
  out.event_time = from_micros(1'000'000);
  out.episode = episode;
  out.amount_ms = amount_ms;
  out.position_ms = position_ms;
  out.value = value;
  return out;
}

std::vector<Acts> acts(const std::vector<Event>& events) {
  std::vector<const Event*> all;
  for (const auto& one : events) all.push_back(&one);
  return acts_of(all);
}

TEST(Acts, AddsUpWhatABatchSaysOfEachEpisode) {
  auto last = event(4, kOne, 2500);
  last.event_time = from_micros(9'000'000);
  auto shared = event(18, kTwo);
  shared.event_time = from_micros(5'000'000);
  auto seen = event(1, kTwo);
  seen.event_time = from_micros(7'000'000);
  const auto found =
      acts({event(1, kOne), last, event(4, kOne, 4000), event(9, kOne), shared, event(18, kTwo), seen});
  ASSERT_EQ(found.size(), 2u);
  const auto& one = found[0].episode == kOne ? found[0] : found[1];
  const auto& two = found[0].episode == kOne ? found[1] : found[0];
  EXPECT_EQ(one, (Acts{.episode = kOne,
                       .series = {},
                       .watched_ms = 6500,
                       .impressions = 1,
                       .completes = 1,
                       .last = from_micros(9'000'000)}));
  EXPECT_EQ(two.shares, 2);
  EXPECT_EQ(two.shared, from_micros(5'000'000)) << "not when something else was done with it";
  EXPECT_EQ(two.last, from_micros(7'000'000));
  EXPECT_EQ(two.watched_ms, 0);
}

TEST(Acts, ASkipIsQuickWithinThreeSecondsOrBeforeAnythingWasShown) {
  const auto found = acts({event(10, kOne, 0, kQuickSkipMs - 1), event(10, kOne, 0, kQuickSkipMs),
                           event(10, kOne, 4000, 60'000, "unstarted")});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].skips, 3);
  EXPECT_EQ(found[0].quick_skips, 2);
}

TEST(Acts, WhatAnAppClaimsIsBoundedAndTheRestSaysNothing) {
  EXPECT_TRUE(acts({event(4, kOne, -5000), event(4, kOne, 0)}).empty());
  EXPECT_EQ(acts({event(4, kOne, 86'400'000)})[0].watched_ms, kMostProgressMs);
  EXPECT_TRUE(acts({event(1, Uuid()), event(2, kOne), event(7, kOne, 800), event(15, kOne), event(999, kOne)})
                  .empty())
      << "of nothing, or no matter of taste, or what community tells";
}

TEST(Acts, ASeriesAsAWholeIsNotOneOfItsEpisodes) {
  auto whole = event(1, Uuid()), part = event(1, kOne);
  whole.series = part.series = kSeries;
  EXPECT_EQ(acts({whole, part, whole}).size(), 2u);
}

TEST(Acts, MergingIsTheSameInAnyOrder) {
  const auto a = acts({event(4, kOne, 1000), event(10, kTwo, 0, 1)}),
             b = acts({event(4, kOne, 2000), event(18, kTwo)});
  auto ab = a, ba = b;
  ab.insert(ab.end(), b.begin(), b.end());
  ba.insert(ba.end(), a.begin(), a.end());
  EXPECT_EQ(merged(ab), merged(ba));
  EXPECT_EQ(merged(ab).size(), 2u);
}

}  // namespace
}  // namespace cliffhanger::insight
