// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/cfr.h"

#include <fcntl.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/adler32.h>
}

#include <algorithm>
#include <fstream>

#include "libs/media/process.h"
#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

std::uint32_t checksum(const AVFrame& frame) {
  std::uint32_t sum = 1;
  for (int y = 0; y < frame.height; ++y)
    sum = static_cast<std::uint32_t>(
        av_adler32_update(sum, frame.data[0] + y * frame.linesize[0], static_cast<unsigned>(frame.width)));
  return sum;
}

struct Found {
  std::uint32_t picture = 0;  // a checksum
  std::int64_t decoded = 0;
};

Found picture_at(const std::string& path, std::int64_t frame) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Source source = Source::open(file.get()).value();
  source.only(source.video());
  const std::int64_t zero = source.first_pts().value();
  ConstantRate late =
      ConstantRate::start(source, Decoder::open(source).value(), zero, {25, 1}, frame, [] {}).value();
  const Frame shown = late.next().value();
  return {checksum(*shown), late.decoded()};
}

// The same without going to any other place than the start.
std::vector<std::uint32_t> all_pictures(const std::string& path, std::int64_t frames) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Source source = Source::open(file.get()).value();
  source.only(source.video());
  const std::int64_t zero = source.first_pts().value();
  ConstantRate pictures =
      ConstantRate::start(source, Decoder::open(source).value(), zero, {25, 1}, 0, [] {}).value();
  std::vector<std::uint32_t> out;
  for (std::int64_t i = 0; i < frames; ++i) {
    const Frame shown = pictures.next().value();
    out.push_back(checksum(*shown));
  }
  return out;
}

// Says of every picture that it is a keyframe, as some programs do.
void spoil_index(const std::string& path) {
  std::string bytes = read_file(path);
  const std::size_t index = bytes.rfind("idx1");
  ASSERT_NE(index, std::string::npos);
  for (std::size_t at = index + 8; at + 16 <= bytes.size(); at += 16)
    if (bytes.compare(at, 4, "00dc") == 0) bytes[at + 4] |= 0x10;
  std::ofstream(path, std::ios::binary) << bytes;
}

const std::string kClip = "-f lavfi -i testsrc2=s=64x64:r=25:d=40 -g 50 ";

// A run at the end of a file costs its own pictures and a few more, not the whole file's.
TEST(ConstantRate, FindsItsWayWithoutDecodingAll) {
  const TempFolder folder;
  for (const auto& [name, codec] : {std::pair{"a.mp4", "-c:v libx264 -preset ultrafast -bf 2"},
                                    {"a.mkv", "-c:v libx264 -preset ultrafast -bf 2"},
                                    {"a.ts", "-c:v libx264 -preset ultrafast -bf 2"},
                                    {"a.avi", "-c:v libx264 -preset ultrafast -bf 2"},
                                    {"b.avi", "-c:v mpeg4 -bf 2 -q:v 4"},
                                    {"c.avi", "-c:v mjpeg"}}) {
    make_clip(folder.path(name), kClip + codec);
    EXPECT_LE(picture_at(folder.path(name), 900).decoded, 250) << name;
  }
}

// Wherever one begins the pictures of AVI have the same places, and those that the same pictures have in MP4.
TEST(ConstantRate, NumbersPicturesAsTheyAreShown) {
  const TempFolder folder;
  for (const auto& [name, codec] :
       {std::pair{"a", "-c:v libx264 -preset ultrafast -bf 2"},
        {"b", "-c:v libx264 -preset veryfast -bf 3 -x264-params open-gop=1:b-pyramid=normal"},
        {"c", "-c:v mpeg4 -bf 2 -q:v 4"},
        {"d", "-c:v mpeg4 -q:v 4 -vtag XVID"},
        {"e", "-c:v mjpeg"}}) {
    const std::string avi = folder.path(std::string(name) + ".avi"),
                      mp4 = folder.path(std::string(name) + ".mp4");
    make_clip(mp4, kClip + (std::string(name) == "d" ? "-c:v mpeg4 -q:v 4" : codec));
    make_clip(avi, "-i '" + mp4 + "' -c copy" + (std::string(name) == "d" ? " -vtag XVID" : ""));
    const auto whole = all_pictures(avi, 1000);
    const auto timed = all_pictures(mp4, 1000);
    EXPECT_EQ(std::mismatch(whole.begin(), whole.end(), timed.begin()).first - whole.begin(), 1000) << name;
    for (const std::int64_t at : {1, 49, 50, 51, 99, 333, 500, 502, 899, 950, 998, 999})
      EXPECT_EQ(picture_at(avi, at).picture, whole[static_cast<std::size_t>(at)]) << name << " " << at;
    spoil_index(avi);
    for (const std::int64_t at : {51, 333, 502, 999})
      EXPECT_EQ(picture_at(avi, at).picture, whole[static_cast<std::size_t>(at)]) << name << " " << at;
  }
}

// Pictures that were left out keep their places; no index, or one that has not all: as from the start.
TEST(ConstantRate, KeepsTheGapsOfAvi) {
  const TempFolder folder;
  const std::string avi = folder.path("gaps.avi");
  make_clip(avi,
            "-f lavfi -i testsrc2=s=64x64:r=25:d=40 -vf \"select='lt(mod(n,7),5)'\" -vsync passthrough -c:v "
            "libx264 -preset ultrafast -bf 2 -g 30");
  const auto whole = all_pictures(avi, 1000);
  for (const std::int64_t at : {100, 333, 500, 899})
    EXPECT_EQ(picture_at(avi, at).picture, whole[static_cast<std::size_t>(at)]) << at;
  std::string bytes = read_file(avi);
  bytes.resize(bytes.rfind("idx1"));
  std::ofstream(folder.path("bare.avi"), std::ios::binary) << bytes;
  for (const std::int64_t at : {333, 899})
    EXPECT_EQ(picture_at(folder.path("bare.avi"), at).picture, whole[static_cast<std::size_t>(at)]) << at;
}

}  // namespace
}  // namespace cliffhanger::media::testing
