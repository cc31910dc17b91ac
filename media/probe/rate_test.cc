// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/probe/rate.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cliffhanger::media {
namespace {

// `n` pictures at `fps`, their times rounded to `tick` seconds as a container would.
Timing steady(double fps, int n, double tick = 1e-6, FrameRate declared = {0, 1}) {
  Timing out;
  for (int i = 0; i < n; ++i) out.starts.push_back(std::round(i / fps / tick) * tick);
  out.last_duration = 1 / fps;
  out.declared = declared;
  return out;
}

TEST(Rate, KeepsConstantRates) {
  for (const FrameRate rate : {FrameRate{24000, 1001},
                               {24, 1},
                               {25, 1},
                               {30000, 1001},
                               {30, 1},
                               {50, 1},
                               {60000, 1001},
                               {60, 1},
                               {25, 2},
                               {10, 1}}) {
    const Timeline line = plan_timeline(steady(rate.value(), 600));
    EXPECT_EQ(line.rate, rate) << rate.value();
    EXPECT_EQ(line.frames, 600);
  }
}

TEST(Rate, SeesThroughMillisecondTimes) {
  EXPECT_EQ(plan_timeline(steady(30000.0 / 1001, 1800, 1e-3)).rate, (FrameRate{30000, 1001}));
  EXPECT_EQ(plan_timeline(steady(60, 600, 1e-3)).rate, (FrameRate{60, 1}));
  EXPECT_EQ(plan_timeline(steady(30000.0 / 1001, 20, 1e-3, {30000, 1001})).rate, (FrameRate{30000, 1001}));
}

TEST(Rate, HalvesWhatIsTooFast) {
  EXPECT_EQ(plan_timeline(steady(120, 240)).rate, (FrameRate{60, 1}));
  EXPECT_EQ(plan_timeline(steady(120, 240)).frames, 120);
  EXPECT_EQ(plan_timeline(steady(240, 240)).rate, (FrameRate{60, 1}));
  EXPECT_EQ(plan_timeline(steady(120000.0 / 1001, 1200)).rate, (FrameRate{60000, 1001}));
}

TEST(Rate, MultipliesWhatIsTooSlow) {
  EXPECT_EQ(plan_timeline(steady(5, 50)).rate, (FrameRate{10, 1}));
  const Timeline slides = plan_timeline(steady(1, 10));
  EXPECT_GE(slides.rate.value(), 10);
  EXPECT_NEAR(static_cast<double>(slides.frames) / slides.rate.value(), 10, 0.1);
}

// A phone that pauses: most frames are 1/30 s apart, some far longer. The typical frame decides, and all of
// the time is kept.
TEST(Rate, VariableGetsTheRateOfItsTypicalFrame) {
  Timing timing;
  double at = 0;
  for (int i = 0; i < 300; ++i) {
    timing.starts.push_back(at);
    at += i % 10 == 9 ? 0.5 : 1 / 30.0;
  }
  timing.last_duration = 1 / 30.0;
  const Timeline line = plan_timeline(timing);
  EXPECT_EQ(line.rate, (FrameRate{30, 1}));
  EXPECT_NEAR(line.seconds, timing.starts.back() + 1 / 30.0, 1e-9);
  EXPECT_EQ(line.frames, std::llround(line.seconds * 30));
}

TEST(Rate, LivesWithRatesThatAreNone) {
  for (const FrameRate declared : {FrameRate{1, 0}, FrameRate{-1, 0}, FrameRate{1, -1},
                                   FrameRate{2'000'000'000, 1}, FrameRate{1, 2'000'000'000}}) {
    const double rate = plan_timeline({{0.0}, 0, declared}).rate.value();
    EXPECT_GE(rate, 10);
    EXPECT_LE(rate, 60);
  }
}

TEST(Rate, LivesWithVeryFewPictures) {
  EXPECT_EQ(plan_timeline({{0.0}, 0, {0, 1}}).frames, 1);
  EXPECT_EQ(plan_timeline({{0.0}, 4, {25, 1}}).frames, 100);
  EXPECT_EQ(plan_timeline({{0.0, 0.0}, 0, {0, 1}}).rate.value() > 0, true);
}

}  // namespace
}  // namespace cliffhanger::media
