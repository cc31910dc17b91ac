// SPDX-License-Identifier: GPL-3.0-or-later
// The program under caps of memory that don't suffice: wherever it runs out, and whoever of the libraries it
// is that is refused.
#include "media/sandbox/scarcity.h"

#include <gtest/gtest.h>

#include "libs/media/job.h"
#include "media/sandbox/sandbox.h"
#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

class Scarcity : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kConfines) GTEST_SKIP() << "built with a sanitizer, which needs all memory";
    make_clip(source_,
              "-f lavfi -i testsrc2=s=3840x2160:r=30:d=0.5 -f lavfi -i sine=440:d=0.5 -c:v libx264 -preset "
              "ultrafast -c:a aac");
  }
  // Each run ends by itself with that reason, whatever the cap.
  void expect_memory(const std::string& command, const std::string& job,
                     const std::vector<std::int64_t>& caps) {
    for (const std::int64_t cap : caps) {
      const Outcome out = run_program(command, source_, folder_.root(), job, cap);
      ASSERT_FALSE(out.result) << command << " in " << cap << " MiB";
      EXPECT_EQ(out.result.error().reason, "MEDIA_MEMORY")
          << command << " in " << cap << " MiB: " << out.result.error().message;
      EXPECT_FALSE(is_refusal(out.result.error()));
      EXPECT_TRUE(out.segments.empty());
    }
  }
  const TempFolder folder_;
  const std::string source_ = folder_.path("large.mp4");
};

// While threads start, while x264 is opened, while it encodes, while the next picture is decoded.
TEST_F(Scarcity, IsTheReasonWhereverEncodingRunsOut) {
  const EncodeJob job{
      {30, 1}, 15, {{"a", 1920, 1080, 23, 9000, 9000}, {"b", 960, 540, 23, 2000, 3000}}, 0, 1};
  expect_memory("encode", to_json(job), {4, 20, 60, 100, 120, 140, 160, 180, 200, 240, 280});
  EXPECT_TRUE(run_program("encode", source_, folder_.root(), to_json(job), 1024).result);
}

// x265 waits for its thread, and for ever if that could not begin.
TEST_F(Scarcity, IsTheReasonOfHevcToo) {
  EncodeJob job{{30, 1}, 15, {{"a", 1920, 1080, 23, 9000, 9000}}, 0, 1};
  job.rungs[0].codec = VideoCodec::kHevc;
  expect_memory("encode", to_json(job), {20, 80, 100, 120, 140, 200, 260});
}

TEST_F(Scarcity, IsTheReasonOfWhateverElseIsDone) {
  expect_memory("probe", "{}", {4, 20});
  expect_memory("audio", to_json(AudioJob{{30, 1}, 15, 96}), {4});
  AnalyseJob analyse{{30, 1}, 15, {{"a", 1920, 1080, 23, 9000, 9000}}, {20, 28}, {0}, 8};
  expect_memory("analyse", to_json(analyse), {20, 80, 120, 160});
}

}  // namespace
}  // namespace cliffhanger::media::testing
