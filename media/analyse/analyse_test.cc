// SPDX-License-Identifier: GPL-3.0-or-later
// The program's command `analyse`, as services see it: through libs/media.
#include <gtest/gtest.h>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

AnalyseJob job_for(const ProbeEvent& probe, std::vector<std::int64_t> at) {
  return {probe.video.rate,
          probe.video.frames,
          {{"large", 360, 640, 23, 20000, 20000}, {"small", 180, 320, 23, 8000, 8000}},
          {21, 28},
          std::move(at),
          16};
}

struct Analysed {
  explicit Analysed(const std::string& arguments, std::vector<std::int64_t> at = {60, 180}) {
    make_clip(folder.path("clip.mkv"), arguments);
    probe = probe_clip(folder.path("clip.mkv"));
    job = job_for(probe, std::move(at));
    out = run_program("analyse", folder.path("clip.mkv"), folder.root(), to_json(job));
  }
  // What the worse factor takes from the large rung.
  double lost() const {
    const auto& points = out.analyses.at(0).points;
    return points.at(0).score - points.at(1).score;
  }
  TempFolder folder;
  ProbeEvent probe;
  AnalyseJob job;
  Outcome out;
};

// A soft picture that does not move, and graphics that do, under noise.
constexpr const char* kStill =
    "-f lavfi -i "
    "nullsrc=s=360x640:r=30:d=8,geq=lum='128+60*sin(X/40)*sin(Y/50)':cb=128:cr=128,trim=end_frame=1,"
    "loop=240:1 -frames:v 240 -c:v libx264 -preset ultrafast -crf 5 -g 60 -pix_fmt yuv420p";
constexpr const char* kNoisy =
    "-f lavfi -i testsrc2=s=360x640:r=30:d=8,noise=alls=12:allf=t:all_seed=3 -c:v libx264 -preset ultrafast "
    "-crf 5 "
    "-g 60 -pix_fmt yuv420p";

TEST(Analyse, EveryRungAtEveryFactor) {
  const Analysed it(kNoisy);
  ASSERT_TRUE(it.out.result) << it.out.result.error().message;
  ASSERT_EQ(it.out.analyses.size(), 2U);
  EXPECT_EQ(it.out.analyses[0].rung, "large");
  EXPECT_EQ(it.out.analyses[1].rung, "small");
  for (const AnalysisEvent& rung : it.out.analyses) {
    ASSERT_EQ(rung.points.size(), 2U);
    EXPECT_EQ(rung.points[0].crf, 21);
    EXPECT_EQ(rung.points[1].crf, 28);
    EXPECT_GT(rung.points[0].score, rung.points[1].score);
    EXPECT_GT(rung.points[0].bits_per_second, rung.points[1].bits_per_second);
  }
  EXPECT_GT(it.out.analyses[0].points[0].score, it.out.analyses[1].points[0].score);
}

// A soft picture survives being scaled down and up again, graphics under noise don't; and it is only said if
// it is asked for.
TEST(Analyse, SaysWhatScalingTakes) {
  const Analysed still(kStill), noisy(kNoisy);
  EXPECT_FALSE(noisy.out.analyses.at(0).scaling);
  const auto left = [](const Analysed& of) {
    AnalyseJob job = of.job;
    job.scaling = true;
    const Outcome out = run_program("analyse", of.folder.path("clip.mkv"), of.folder.root(), to_json(job));
    EXPECT_EQ(out.analyses.at(0).scaling, 100);
    EXPECT_EQ(out.analyses.at(1).points, of.out.analyses.at(1).points);
    return out.analyses.at(1).scaling.value();
  };
  EXPECT_GT(left(still), 80);
  EXPECT_LT(left(noisy), 60);
}

TEST(Analyse, ANoisyTitleLosesMoreThanAStillOne) {
  const Analysed still(kStill), noisy(kNoisy);
  ASSERT_TRUE(still.out.result && noisy.out.result);
  EXPECT_GT(noisy.lost(), 2 * still.lost());
}

// Whatever thread is first, wherever the samples begin: the same figures.
TEST(Analyse, IsTheSameEveryTime) {
  const Analysed it(kNoisy);
  const Outcome again = run_program("analyse", it.folder.path("clip.mkv"), it.folder.root(), to_json(it.job));
  ASSERT_TRUE(again.result);
  ASSERT_EQ(again.analyses.size(), it.out.analyses.size());
  for (std::size_t i = 0; i < again.analyses.size(); ++i)
    EXPECT_EQ(to_json(Event(again.analyses[i])), to_json(Event(it.out.analyses[i])));
}

// The bits it foretells are those that the encoding takes, more or less.
TEST(Analyse, ForetellsTheBits) {
  const Analysed it(kNoisy);
  const Grid grid = Grid::make(it.probe.video.rate, it.probe.video.frames).value();
  EncodeJob job{it.probe.video.rate, it.probe.video.frames, {it.job.rungs[0]}, 0, grid.segments()};
  job.rungs[0].crf = 28;
  const Outcome made = run_program("encode", it.folder.path("clip.mkv"), it.folder.root(), to_json(job));
  ASSERT_TRUE(made.result);
  double bits = 0;
  for (const SegmentEvent& segment : made.segments) bits += static_cast<double>(segment.bytes) * 8;
  const auto foretold = static_cast<double>(it.out.analyses[0].points[1].bits_per_second);
  EXPECT_NEAR(foretold / (bits / grid.duration()), 1, 0.35);
}

TEST(Analyse, BlackHasNothingToLose) {
  const Analysed it("-f lavfi -i color=black:s=360x640:r=30:d=8 -c:v libx264 -g 60 -pix_fmt yuv420p");
  ASSERT_TRUE(it.out.result) << it.out.result.error().message;
  EXPECT_EQ(it.out.analyses.at(0).points.at(0).score, 100);
  EXPECT_EQ(it.lost(), 0);
}

// One keyframe, samples at both ends and one on top of another, and a clip shorter than a sample.
TEST(Analyse, SamplesThatCannotBeTakenAreLeftOut) {
  const Analysed rare(
      "-f lavfi -i testsrc2=s=360x640:r=30:d=8 -c:v libx264 -preset ultrafast -g 999 -pix_fmt yuv420p",
      {0, 1, 2, 100, 239});
  EXPECT_TRUE(rare.out.result) << rare.out.result.error().message;
  EXPECT_EQ(rare.out.analyses.size(), 2U);
  const Analysed brief("-f lavfi -i testsrc2=s=360x640:r=30 -frames:v 3 -c:v libx264 -pix_fmt yuv420p",
                       {0, 2});
  EXPECT_TRUE(brief.out.result) << brief.out.result.error().message;
  EXPECT_EQ(brief.out.analyses.size(), 2U);
}

// A tail at another factor follows a head: its initialisation segment must be the head's, byte for byte.
TEST(Analyse, InitialisationSegmentsDoNotDependOnTheFactor) {
  const TempFolder folder;
  make_clip(folder.path("clip.mp4"),
            "-f lavfi -i testsrc2=s=360x640:r=30:d=3 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
  const ProbeEvent probe = probe_clip(folder.path("clip.mp4"));
  std::string first;
  for (const int crf : {10, 18, 23, 30, 40}) {
    const EncodeJob job{probe.video.rate, probe.video.frames, {{"one", 360, 640, crf, 900, 900}}, 0, 1};
    const Outcome out = run_program("encode", folder.path("clip.mp4"), folder.root(), to_json(job));
    ASSERT_TRUE(out.result);
    if (first.empty()) first = out.inits.at(0).sha256;
    EXPECT_EQ(out.inits.at(0).sha256, first) << crf;
  }
}

TEST(Analyse, RefusesWhatIsNoVideo) {
  const TempFolder folder;
  shell("head -c 5000 /dev/zero > '" + folder.path("zeros") + "'");
  const AnalyseJob job{{30, 1}, 300, {{"one", 360, 640, 23, 900, 900}}, {21, 28}, {0}, 16};
  const Outcome out = run_program("analyse", folder.path("zeros"), folder.root(), to_json(job));
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_NOT_VIDEO");
}

}  // namespace
}  // namespace cliffhanger::media::testing
