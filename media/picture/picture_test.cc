// SPDX-License-Identifier: GPL-3.0-or-later
// The program's command `picture`, and how the program behaves as a child.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "media/sandbox/sandbox.h"
#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

TEST(Picture, IsTheFrameAtThatTime) {
  const TempFolder folder;
  // Red for a second, then blue.
  make_clip(folder.path("a.mp4"),
            "-f lavfi -i color=red:s=128x128:r=25:d=1 -f lavfi -i color=blue:s=128x128:r=25:d=1 "
            "-filter_complex concat -c:v libx264 -g 25");
  const auto colour = [&](int at_ms) {
    const Outcome out =
        run_program("picture", folder.path("a.mp4"), folder.root(), to_json(PictureJob{at_ms, 64, 32}));
    EXPECT_TRUE(out.result) << out.result.error().message;
    EXPECT_EQ(shell("ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 '" +
                    folder.path(out.picture->file) + "'"),
              "mjpeg,64,32\n");
    const std::string rgb = shell("ffmpeg -nostdin -v error -i '" + folder.path(out.picture->file) +
                                  "' -vf scale=1:1 -f rawvideo -pix_fmt rgb24 -");
    return rgb.size() == 3
               ? std::string(static_cast<unsigned char>(rgb[0]) > static_cast<unsigned char>(rgb[2]) ? "red"
                                                                                                     : "blue")
               : "none";
  };
  EXPECT_EQ(colour(0), "red");
  EXPECT_EQ(colour(900), "red");
  EXPECT_EQ(colour(1100), "blue");
  EXPECT_EQ(colour(60'000), "blue");  // beyond the end: the last
}

// A parent that dies takes the program along: its stdin ends.
TEST(Program, EndsWithItsParent) {
  const TempFolder folder;
  make_clip(folder.path("a.mp4"), "-f lavfi -i testsrc2=s=1280x720:r=30:d=20 -c:v libx264 -preset ultrafast");
  const EncodeJob job{{30, 1}, 600, {{"a", 1280, 720, 23, 9000, 9000}}, 0, 5};
  const std::string program = std::string(std::getenv("CLIFFHANGER_BUILD_DIR")) + "/bin/cliffhanger-media";
  // The subshell gives the job and a moment, then closes the pipe.
  const std::string said =
      shell("(echo '" + to_json(job) + "'; sleep 1) | '" + program + "' encode 3<'" + folder.path("a.mp4") +
            "' 4<'" + folder.root().string() + "'; echo ended $?");
  EXPECT_NE(said.find("ended 3"), std::string::npos) << said;
  EXPECT_EQ(said.find("\"done\""), std::string::npos);
}

TEST(Program, ExplainsItself) {
  const std::string program = std::string(std::getenv("CLIFFHANGER_BUILD_DIR")) + "/bin/cliffhanger-media";
  EXPECT_NE(shell(program + " nonsense; test $? = 64").find("usage"), std::string::npos);
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// All files are opened before the source is looked at: here it is no video, and nothing could be opened after
// that.
TEST(Program, OpensItsFilesBeforeTheSource) {
  const TempFolder folder, into;
  std::ofstream(folder.path("a.txt")) << "no video";
  const EncodeJob job{{30, 1}, 240, {{"a", 64, 64, 23, 100, 100}, {"b", 32, 32, 23, 100, 100}}, 1, 2};
  const Outcome out = run_program("encode", folder.path("a.txt"), into.root(), to_json(job));
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_NOT_VIDEO");
  std::vector<std::string> expected = files_of(job);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(files_in(into.root()), expected);
}

TEST(Program, ProbeOpensNone) {
  const TempFolder folder, into;
  make_clip(folder.path("a.mp4"), "-f lavfi -i testsrc2=s=64x64:r=30:d=1 -c:v libx264");
  ASSERT_TRUE(run_program("probe", folder.path("a.mp4"), into.root(), "{}").result);
  EXPECT_TRUE(files_in(into.root()).empty());
}

// An hour's sound is more files than many services may have open by default.
TEST(Program, MayOpenMoreFilesThanItsParent) {
  const TempFolder folder, into;
  make_clip(folder.path("a.mp4"), "-f lavfi -i testsrc2=s=64x64:r=30:d=1 -c:v libx264");
  const AudioJob job{{5, 1}, 5 * 600, 32};  // 151 segments
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit few{100, usual.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);  // the program inherits it
  const Outcome out = run_program("audio", folder.path("a.mp4"), into.root(), to_json(job));
  setrlimit(RLIMIT_NOFILE, &usual);
  EXPECT_TRUE(out.result) << out.result.error().message;
  EXPECT_EQ(files_in(into.root()).size(), 152U);
}

// A link that somebody laid into the folder leads nowhere.
TEST(Program, FollowsNoLink) {
  const TempFolder folder, into;
  make_clip(folder.path("a.mp4"), "-f lavfi -i testsrc2=s=64x64:r=30:d=1 -c:v libx264");
  std::filesystem::create_symlink(folder.path("target"), into.path("picture.jpg"));
  const Outcome out =
      run_program("picture", folder.path("a.mp4"), into.root(), to_json(PictureJob{0, 64, 64}));
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_OUTPUT");
  EXPECT_FALSE(std::filesystem::exists(folder.path("target")));
}

// Too little memory is a clear failure of that run.
TEST(Program, OutOfMemoryIsAReason) {
  if (!kConfines) GTEST_SKIP() << "built with a sanitizer, which needs all memory";
  const TempFolder folder;
  make_clip(folder.path("a.mp4"), "-f lavfi -i testsrc2=s=3840x2160:r=30:d=1 -c:v libx264 -preset ultrafast");
  const EncodeJob job{{30, 1}, 30, {{"a", 1920, 1080, 23, 9000, 9000}}, 0, 1};
  const Outcome out = run_program("encode", folder.path("a.mp4"), folder.root(), to_json(job), 60);
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_MEMORY");
  EXPECT_FALSE(is_refusal(out.result.error()));
}

}  // namespace
}  // namespace cliffhanger::media::testing
