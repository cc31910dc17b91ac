// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/analyse/likeness.h"

#include <gtest/gtest.h>

#include <random>

namespace cliffhanger::media {
namespace {

// Blobs of some size over a slope: detail in every scale.
Plane picture(int width, int height) {
  Plane out{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out.samples.push_back(
          static_cast<std::uint8_t>(60 + (x * 7 + y * 3) / 16 % 60 + (x / 16 + y / 24) % 2 * 40));
  return out;
}

Plane noisy(Plane in, int most) {
  std::mt19937 random(7);  // its output is defined by the standard
  for (std::uint8_t& sample : in.samples)
    sample = static_cast<std::uint8_t>(
        sample + static_cast<int>(random() % static_cast<unsigned>(2 * most + 1)) - most);
  return in;
}

Plane blurred(const Plane& in, int times) {
  Plane out = in;
  for (; times > 0; --times) {
    const Plane was = out;
    for (std::size_t i = 1; i + 1 < out.samples.size(); ++i)
      out.samples[i] =
          static_cast<std::uint8_t>((was.samples[i - 1] + 2 * was.samples[i] + was.samples[i + 1]) / 4);
  }
  return out;
}

double kept(const Plane& reference, const Plane& copy) {
  Likeness likeness;
  likeness.add(reference, copy);
  return likeness.kept();
}

TEST(Likeness, ThePictureItselfKeepsEverything) {
  const Plane a = picture(180, 320);
  EXPECT_NEAR(kept(a, a), 1, 1e-9);
  EXPECT_EQ(Likeness().kept(), 1);
}

TEST(Likeness, TheMoreIsSpoiltTheLessIsKept) {
  const Plane a = picture(180, 320);
  double last = 1;
  for (const int noise : {4, 8, 16, 32}) {
    const double now = kept(a, noisy(a, noise));
    EXPECT_LT(now, last);
    last = now;
  }
  EXPECT_GT(kept(a, blurred(a, 4)), kept(a, blurred(a, 40)));
}

TEST(Likeness, WhatHasNoDetailLosesNone) {
  const Plane black{64, 64, std::vector<std::uint8_t>(64 * 64, 16)};
  EXPECT_EQ(kept(black, black), 1);
  const Plane grey{64, 64, std::vector<std::uint8_t>(64 * 64, 90)};
  EXPECT_EQ(kept(black, grey), 1);
  EXPECT_EQ(kept(picture(64, 64), grey), 0);
}

TEST(Likeness, PicturesAddUp) {
  const Plane a = picture(180, 320), bad = noisy(a, 30);
  Likeness both;
  both.add(a, a);
  both.add(a, bad);
  EXPECT_GT(both.kept(), kept(a, bad));
  EXPECT_LT(both.kept(), 1);
}

TEST(Plane, HalvedIsTheMeanOfFour) {
  const Plane half = halved({5, 3, {0, 4, 10, 20, 99, 8, 8, 30, 40, 99, 1, 1, 1, 1, 1}});
  EXPECT_EQ(half.width, 2);
  EXPECT_EQ(half.height, 1);
  EXPECT_EQ(half.samples, (std::vector<std::uint8_t>{5, 25}));
}

}  // namespace
}  // namespace cliffhanger::media
