#include "libs/rank/position.h"

#include <gtest/gtest.h>

#include "libs/rank/draw.h"

namespace cliffhanger::rank {
namespace {

// Two items; the worse one is on top nine times in ten, and the second place is looked at a third as often.
std::vector<Placed> log_of(int lists, Draw& draw) {
  std::vector<Placed> out;
  for (int i = 0; i < lists; ++i) {
    const bool worse_first = draw.chance(0.9);
    for (int position = 0; position < 2; ++position) {
      const int item = (position == 0) == worse_first ? 0 : 1;
      const double looked = position == 0 ? 0.9 : 0.3, liked = item == 0 ? 0.2 : 0.3;
      out.push_back({item, position, worse_first ? 0.9 : 0.1, draw.chance(looked * liked)});
    }
  }
  return out;
}

TEST(Position, FindsHowPlacesAreLookedAtAndWhatItemsAreWorth) {
  Draw draw(1);
  const auto log = log_of(100'000, draw);
  const auto looked = examination(log, 2);
  ASSERT_TRUE(looked);
  EXPECT_EQ((*looked)[0], 1);
  EXPECT_NEAR((*looked)[1], 1.0 / 3, 0.02);
  const auto worth = attraction(log, 2, *looked), naive = attraction(log, 2, std::vector<double>{1, 1});
  EXPECT_NEAR(worth[1] / worth[0], 1.5, 0.1);
  EXPECT_LT(naive[1], naive[0]);  // the trap
}

TEST(Position, OddLogs) {
  EXPECT_EQ(examination({}, 2).error().reason, "BAD_LOG");
  EXPECT_FALSE(examination(std::vector<Placed>{{0, 2, 1, true}}, 2));
  EXPECT_FALSE(examination(std::vector<Placed>{{0, 0, 0, true}}, 2));
  const auto none = attraction({}, 3, std::vector<double>{1});
  EXPECT_EQ(none, (std::vector<double>{0, 0, 0}));
  const auto odd = attraction(std::vector<Placed>{{7, 0, 1, true}, {1, 9, 1, true}, {1, 0, 1, true}}, 2,
                              std::vector<double>{1});
  EXPECT_GT(odd[1], odd[0] - 1e-12);
}

}  // namespace
}  // namespace cliffhanger::rank
