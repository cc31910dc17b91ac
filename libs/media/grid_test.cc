#include "libs/media/grid.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cliffhanger::media {
namespace {

Grid grid(FrameRate rate, std::int64_t frames) {
  return Grid::make(rate, frames).value();
}

TEST(Grid, SegmentsAreTwoTwoThenFourSeconds) {
  const Grid g = grid({30, 1}, 30 * 16);
  ASSERT_EQ(g.segments(), 5);
  EXPECT_EQ(g.segment(0), (Span{0, 60}));
  EXPECT_EQ(g.segment(1), (Span{60, 60}));
  EXPECT_EQ(g.segment(2), (Span{120, 120}));
  EXPECT_EQ(g.segment(4), (Span{360, 120}));
  EXPECT_EQ(g.gops(2), (std::vector<Span>{{120, 60}, {180, 60}}));
}

TEST(Grid, CountsTwoSecondsInFrames) {
  EXPECT_EQ(grid({24000, 1001}, 100).gop_frames(), 48);
  EXPECT_EQ(grid({25, 2}, 100).gop_frames(), 25);
  EXPECT_EQ(grid({60000, 1001}, 100).gop_frames(), 120);
}

TEST(Grid, AShortRestJoinsTheSegmentBefore) {
  EXPECT_EQ(grid({30, 1}, 30 * 8 + 13).segments(), 3);
  EXPECT_EQ(grid({30, 1}, 30 * 8 + 13).segment(2), (Span{120, 133}));
  EXPECT_EQ(grid({30, 1}, 30 * 8 + 13).gops(2).back(), (Span{240, 13}));
  EXPECT_EQ(grid({30, 1}, 30 * 8 + 14).segments(), 4);
  EXPECT_EQ(grid({30, 1}, 60 + 14).segments(), 1);
  EXPECT_EQ(grid({30, 1}, 1).segments(), 1);
}

TEST(Grid, RefusesWhatIsNoRate) {
  EXPECT_EQ(Grid::make({30, 0}, 10).error().reason, "GRID_INVALID");
  EXPECT_EQ(Grid::make({61, 1}, 10).error().reason, "GRID_INVALID");
  EXPECT_EQ(Grid::make({4, 1}, 10).error().reason, "GRID_INVALID");
  EXPECT_EQ(Grid::make({30, 1}, 0).error().reason, "GRID_INVALID");
}

TEST(Grid, ClockIsExact) {
  for (const FrameRate rate : {FrameRate{30, 1}, {24000, 1001}, {25, 2}, {60, 1}, {30000, 1001}}) {
    const Grid g = grid(rate, 1000);
    EXPECT_GE(g.timescale(), 10'000);
    EXPECT_EQ(g.timescale() * rate.den, g.frame_ticks() * rate.num);
  }
}

// 4.4833 s of pictures would round to 4, but the 211 AAC frames beside them to 5.
TEST(Grid, ARestJoinsOnlyIfTheSoundStillRoundsToTheTarget) {
  const Grid g = grid({60, 1}, 749);
  ASSERT_EQ(g.segments(), 5);
  EXPECT_EQ(g.segment(4), (Span{720, 29}));
  EXPECT_EQ(grid({60, 1}, 747).segments(), 4);
}

// Whatever the rate and the length: segments and GOPs cover every frame once, none of pictures or of sound is
// rounded to more than the target duration, audio segments cover the sound once and start within half an AAC
// frame of the video's.
TEST(Grid, CoversEverythingOnceForAllLengths) {
  for (const FrameRate rate : {FrameRate{30, 1}, {24000, 1001}, {25, 2}, {60, 1}, {10, 1}, {21, 4}, {5, 1}}) {
    for (std::int64_t frames = 1; frames < 1500; ++frames) {
      const Grid g = grid(rate, frames);
      const AudioGrid audio(g);
      std::int64_t next = 0, next_audio = 0;
      for (std::int64_t i = 0; i < g.segments(); ++i) {
        const Span s = g.segment(i);
        ASSERT_EQ(s.start, next);
        next = s.end();
        ASSERT_LT(g.seconds(s.frames), 4.5);
        ASSERT_LT(audio.seconds(i), 4.5) << rate.num << "/" << rate.den << " " << frames;
        std::int64_t next_gop = s.start;
        for (const Span& gop : g.gops(i)) {
          ASSERT_EQ(gop.start, next_gop);
          ASSERT_GE(gop.frames, 1);
          next_gop = gop.end();
        }
        ASSERT_EQ(next_gop, s.end());
        const Span a = audio.segment(i);
        ASSERT_EQ(a.start, next_audio);
        ASSERT_GE(a.frames, 1);
        std::int64_t next_part = a.start;
        ASSERT_EQ(audio.gops(i).size(), g.gops(i).size());
        for (const Span& part : audio.gops(i)) {
          ASSERT_EQ(part.start, next_part);
          ASSERT_GE(part.frames, 1) << rate.num << "/" << rate.den << " " << frames;
          next_part = part.end();
        }
        ASSERT_EQ(next_part, a.end());
        next_audio = a.end();
        if (i > 0) {
          const double video_at = g.seconds(s.start),
                       audio_at = static_cast<double>((a.start - 1) * 1024) / 48000.0;
          ASSERT_LE(std::abs(video_at - audio_at), 512.0 / 48000 + 1e-9);
        }
      }
      ASSERT_EQ(next, frames);
      ASSERT_EQ(next_audio, audio.frames());
      const double sound = static_cast<double>((audio.frames() - 1) * 1024) / 48000.0;
      ASSERT_GE(sound + 1e-4, g.duration());
      ASSERT_LT(sound - g.duration(), 1024.0 / 48000 + 1e-4);
      ASSERT_EQ(g.target_duration(), 4);
    }
  }
}

TEST(AudioGrid, StaysWithinAFrameOverThirtyMinutesAt23976) {
  const Grid g = grid({24000, 1001}, 43157);
  const AudioGrid audio(g);
  const Span last = g.segment(g.segments() - 1), sound = audio.segment(g.segments() - 1);
  EXPECT_LE(std::abs(g.seconds(last.start) - static_cast<double>((sound.start - 1) * 1024) / 48000.0),
            1024.0 / 48000);
}

}  // namespace
}  // namespace cliffhanger::media
