// SPDX-License-Identifier: GPL-3.0-or-later
// The command `storyboard`: which picture is where, from sources with many and with few keyframes.
#include <gtest/gtest.h>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

// Two seconds each of red, green, blue and white.
constexpr const char* kColours =
    "-f lavfi -i color=red:s=180x320:r=25:d=2 -f lavfi -i color=lime:s=180x320:r=25:d=2 "
    "-f lavfi -i color=blue:s=180x320:r=25:d=2 -f lavfi -i color=white:s=180x320:r=25:d=2 "
    "-filter_complex concat=n=4 -c:v libx264 -preset ultrafast -sc_threshold 0 ";

// The colour in the middle of a thumbnail.
std::string colour(const std::string& sheet, const StoryboardJob& job, int column, int row) {
  const std::string at = std::to_string(job.width) + ":" + std::to_string(job.height) + ":" +
                         std::to_string(column * job.width) + ":" + std::to_string(row * job.height);
  const std::string rgb = shell("ffmpeg -nostdin -v error -i '" + sheet + "' -vf crop=" + at +
                                ",scale=1:1 -f rawvideo -pix_fmt rgb24 -");
  if (rgb.size() != 3) return "none";
  std::string out;
  for (const char c : rgb) out += static_cast<unsigned char>(c) > 128 ? '1' : '0';
  return out == "100"   ? "red"
         : out == "010" ? "green"
         : out == "001" ? "blue"
         : out == "111" ? "white"
         : out == "000" ? "black"
                        : out;
}

TEST(Storyboard, EachThumbnailIsOfItsTime) {
  const TempFolder folder;
  for (const std::string& keyframes :
       {"-g 50", "-g 25", "-g 1000", "-g 1000 -f mpegts", "-g 50 -f matroska"}) {
    make_clip(folder.path("a.mp4"), kColours + keyframes);
    const StoryboardJob job{4, 2000, 90, 160, 3, 2};
    const Outcome out = run_program("storyboard", folder.path("a.mp4"), folder.root(), to_json(job));
    ASSERT_TRUE(out.result) << keyframes << out.result.error().message;
    const std::string sheet = folder.path("storyboard-0.jpg");
    EXPECT_EQ(
        shell("ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 '" + sheet + "'"),
        "mjpeg,270,320\n");
    EXPECT_EQ(colour(sheet, job, 0, 0), "red") << keyframes;
    EXPECT_EQ(colour(sheet, job, 1, 0), "green") << keyframes;
    EXPECT_EQ(colour(sheet, job, 2, 0), "blue") << keyframes;
    EXPECT_EQ(colour(sheet, job, 0, 1), "white") << keyframes;
    EXPECT_EQ(colour(sheet, job, 1, 1), "black") << keyframes;
  }
}

TEST(Storyboard, SeveralSheetsAndTheSameBytesEveryTime) {
  const TempFolder folder;
  make_clip(folder.path("a.mp4"), std::string(kColours) + "-g 25");
  const StoryboardJob job{9, 1000, 90, 160, 2, 2};  // one more than there is: the last picture again
  const auto made = [&] {
    const Outcome out = run_program("storyboard", folder.path("a.mp4"), folder.root(), to_json(job));
    EXPECT_TRUE(out.result) << out.result.error().message;
    std::string all;
    for (const std::string& file : files_of(job)) all += read_file(folder.path(file));
    return all;
  };
  const std::string once = made();
  EXPECT_EQ(files_of(job).size(), 3U);
  EXPECT_EQ(colour(folder.path("storyboard-1.jpg"), job, 0, 0), "blue");
  EXPECT_EQ(colour(folder.path("storyboard-2.jpg"), job, 0, 0), "white");
  EXPECT_EQ(made(), once);
}

TEST(Storyboard, ATurnedPictureIsUpright) {
  const TempFolder folder;
  make_clip(folder.path("flat.mp4"),
            "-f lavfi -i color=red:s=320x90:r=25:d=2 -f lavfi -i color=blue:s=320x90:r=25:d=2 "
            "-filter_complex vstack -c:v libx264 -preset ultrafast");
  shell("ffmpeg -nostdin -v error -display_rotation 90 -i '" + folder.path("flat.mp4") + "' -c copy '" +
        folder.path("turned.mp4") + "' 2>&1 || ffmpeg -nostdin -v error -i '" + folder.path("flat.mp4") +
        "' -c copy -metadata:s:v rotate=90 '" + folder.path("turned.mp4") + "'");
  const StoryboardJob job{1, 2000, 90, 160, 1, 1};
  const Outcome out = run_program("storyboard", folder.path("turned.mp4"), folder.root(), to_json(job));
  ASSERT_TRUE(out.result) << out.result.error().message;
  const StoryboardJob half{1, 2000, 45, 160, 1, 1};  // the halves stand side by side
  const std::string sheet = folder.path("storyboard-0.jpg");
  const std::string left = colour(sheet, half, 0, 0), right = colour(sheet, half, 1, 0);
  EXPECT_NE(left, right);
  EXPECT_TRUE((left == "red" && right == "blue") || (left == "blue" && right == "red")) << left << right;
}

TEST(Storyboard, WhatIsNoVideoIsRefused) {
  const TempFolder folder;
  shell("printf 'not a video at all' > '" + folder.path("a.mp4") + "'");
  const Outcome out = run_program("storyboard", folder.path("a.mp4"), folder.root(),
                                  to_json(StoryboardJob{4, 2000, 90, 160, 2, 2}));
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_NOT_VIDEO");
}

}  // namespace
}  // namespace cliffhanger::media::testing
