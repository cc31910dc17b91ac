// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/geometry.h"

#include <gtest/gtest.h>

#include <vector>

namespace cliffhanger::media {
namespace {

TEST(Geometry, AspectRatioBecomesPixels) {
  EXPECT_EQ(display_size({640, 360}, 2, 1, {}), (Size{1280, 360}));
  EXPECT_EQ(display_size({640, 360}, 0, 1, {}), (Size{640, 360}));
  EXPECT_EQ(display_size({720, 576}, 16, 15, {}), (Size{768, 576}));
  EXPECT_EQ(display_size({1080, 720}, 1, 1, {true, false, false}), (Size{720, 1080}));
  EXPECT_EQ(display_size({641, 361}, 1, 1, {}), (Size{642, 362}));
}

std::vector<std::uint8_t> turned(Orientation orientation) {
  const std::vector<std::uint8_t> in{1, 2, 3,  //
                                     4, 5, 6};
  std::vector<std::uint8_t> out(6);
  orient_plane(in.data(), 3, 3, 2, orientation, out.data(), orientation.transpose ? 2 : 3);
  return out;
}

TEST(Geometry, TurnsAndMirrors) {
  using V = std::vector<std::uint8_t>;
  EXPECT_EQ(turned({}), (V{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(turned({false, true, false}), (V{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(turned({false, false, true}), (V{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(turned({false, true, true}), (V{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(turned({true, false, false}), (V{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(turned({true, true, false}), (V{4, 1, 5, 2, 6, 3}));  // a quarter clockwise
  EXPECT_EQ(turned({true, false, true}), (V{3, 6, 2, 5, 1, 4}));
}

TEST(Geometry, NamesTheRotation) {
  EXPECT_EQ((Orientation{true, true, false}.degrees()), 90);
  EXPECT_EQ((Orientation{true, false, true}.degrees()), 270);
  EXPECT_EQ((Orientation{false, true, true}.degrees()), 180);
  EXPECT_EQ(Orientation{}.degrees(), 0);
}

}  // namespace
}  // namespace cliffhanger::media
