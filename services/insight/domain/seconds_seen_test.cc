#include "services/insight/domain/seconds_seen.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

std::set<std::int64_t> seconds(const SecondsSeen& seen) {
  std::set<std::int64_t> out;
  for (std::int64_t s = 0; s < kMostSeconds + 16; ++s)
    if (seen.has(s)) out.insert(s);
  return out;
}

SecondsSeen seen(std::int64_t position_ms, std::int64_t watched_ms) {
  SecondsSeen out;
  out.add(position_ms, watched_ms);
  return out;
}

TEST(SecondsSeenTest, AreThoseOfWhichHalfWasSeen) {
  EXPECT_EQ(seconds(seen(5000, 5000)), (std::set<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(seconds(seen(12'400, 4000)), (std::set<std::int64_t>{8, 9, 10, 11}));
  EXPECT_EQ(seconds(seen(400, 400)), std::set<std::int64_t>{});
  EXPECT_EQ(seconds(seen(600, 600)), std::set<std::int64_t>{0});
}

TEST(SecondsSeenTest, NothingWatchedOrMoreThanThereIs) {
  EXPECT_TRUE(seen(9000, 0).bytes().empty());
  EXPECT_EQ(seconds(seen(2000, 600'000)), (std::set<std::int64_t>{0, 1}));
  EXPECT_EQ(seen(1'000'000'000, 1'000'000'000).bytes().size(), static_cast<std::size_t>(kMostSeconds / 8));
}

TEST(SecondsSeenTest, MergingIsTheUnionInAnyOrder) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    SecondsSeen a, b;
    std::set<std::int64_t> all;
    for (int i = 0; i < 10; ++i) {
      SecondsSeen& one = i % 2 == 0 ? a : b;
      one.add(random() % 300'000, random() % 20'000);
    }
    for (const auto s : seconds(a)) all.insert(s);
    for (const auto s : seconds(b)) all.insert(s);
    SecondsSeen ab = a, ba = b;
    ab.merge(b.bytes());
    ba.merge(a.bytes());
    ASSERT_EQ(seconds(ab), all);
    ASSERT_EQ(seconds(ba), all);
    ab.merge(b.bytes());
    ASSERT_EQ(seconds(ab), all);
  }
}

TEST(RetentionTest, IsTheShareOfViewersWhoSawEachSecond) {
  Retention retention(4200);
  EXPECT_TRUE(retention.curve().empty());
  retention.add(seen(5000, 5000));
  retention.add(seen(2000, 2000));
  retention.add(seen(5000, 2000));
  retention.add(SecondsSeen());  // opened it, and saw nothing
  EXPECT_EQ(retention.curve(), (std::vector<double>{2.0 / 3, 2.0 / 3, 1.0 / 3, 2.0 / 3, 2.0 / 3}));
}

}  // namespace
}  // namespace cliffhanger::insight
