#include "services/recommendation/domain/heat.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

constexpr Duration kHalfLife = 72h;
Time at(Duration after) {
  return from_micros(1'795'000'000'000'000) + after;
}

TEST(HeatTest, HalvesInEveryHalfLife) {
  const Heat heat = add({}, 8, at(0h), kHalfLife);
  EXPECT_DOUBLE_EQ(worth(heat, at(0h), kHalfLife), 8);
  EXPECT_DOUBLE_EQ(worth(heat, at(72h), kHalfLife), 4);
  EXPECT_DOUBLE_EQ(worth(heat, at(216h), kHalfLife), 1);
}

TEST(HeatTest, AddsToWhatIsLeft) {
  const Heat heat = add(add({}, 8, at(0h), kHalfLife), 1, at(72h), kHalfLife);
  EXPECT_DOUBLE_EQ(worth(heat, at(72h), kHalfLife), 5);
}

TEST(HeatTest, NeverFallsBelowNothingAndNeverGoesBackInTime) {
  EXPECT_EQ(add(add({}, 1, at(0h), kHalfLife), -5, at(0h), kHalfLife).score, 0);
  const Heat late = add(add({}, 4, at(72h), kHalfLife), 1, at(0h), kHalfLife);  // heard late
  EXPECT_EQ(late.at, at(72h));
  EXPECT_DOUBLE_EQ(late.score, 5);
  EXPECT_DOUBLE_EQ(worth(late, at(0h), kHalfLife), 5);
}

TEST(HeatTest, NothingSortsLast) {
  EXPECT_LT(order_key({}, kHalfLife), order_key({1e-300, Time{}}, kHalfLife));
}

RC_GTEST_PROP(HeatTest, KeysOrderAsWorthsDoAtAnyTime, ()) {
  const auto heat = [] {
    return Heat{static_cast<double>(*rc::gen::inRange(1, 100'000)),
                at(std::chrono::minutes(*rc::gen::inRange(0, 100'000)))};
  };
  const Heat a = heat(), b = heat();
  const Time now = at(std::chrono::minutes(*rc::gen::inRange(100'000, 200'000)));
  const double wa = worth(a, now, kHalfLife), wb = worth(b, now, kHalfLife);
  RC_PRE(std::abs(wa - wb) > 1e-9 * (wa + wb));
  RC_ASSERT((order_key(a, kHalfLife) < order_key(b, kHalfLife)) == (wa < wb));
}

}  // namespace
}  // namespace cliffhanger::recommendation
