// SPDX-License-Identifier: GPL-3.0-or-later
// `encode` with captions in its pictures, through the program and its sandbox.
#include <gtest/gtest.h>

#include <map>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

class BurnedEncode : public ::testing::Test {
 protected:
  BurnedEncode() {
    make_clip(
        source_,
        "-f lavfi -i testsrc2=s=180x320:r=30:d=9 -c:v libx264 -preset ultrafast -bf 2 -pix_fmt yuv420p");
    const ProbeEvent probe = probe_clip(source_);
    job_ = {probe.video.rate,
            probe.video.frames,
            {{"v180", 180, 320, 26, 400, 400}, {"v90", 90, 160, 26, 200, 200}},
            0,
            3,
            {}};
    job_.burn = {"en", {{2500, 3000, "In the second segment", std::nullopt}}};
  }
  Outcome encode(const EncodeJob& job) {
    return run_program("encode", source_, folder_.root(), to_json(job));
  }
  static std::map<std::string, std::string> hashes(const Outcome& out) {
    std::map<std::string, std::string> all;
    for (const SegmentEvent& one : out.segments) all[one.file] = one.sha256;
    for (const InitEvent& one : out.inits) all[one.file] = one.sha256;
    return all;
  }
  TempFolder folder_;
  std::string source_ = folder_.path("clip.mp4");
  EncodeJob job_;
};

TEST_F(BurnedEncode, OnlySegmentsWithACueAreOtherBytesAndAnySplitGivesTheSame) {
  const Outcome with = encode(job_), again = encode(job_);
  ASSERT_TRUE(with.result) << with.result.error().reason << " " << with.result.error().message;
  EXPECT_EQ(hashes(with), hashes(again));
  EncodeJob without = job_;
  without.burn = {};
  const auto plain = hashes(encode(without));
  for (const auto& [file, sha256] : hashes(with)) {
    const bool has_cue = file.find("-1.m4s") != std::string::npos;
    EXPECT_EQ(sha256 != plain.at(file), has_cue) << file;  // initialisation segments are the same too
  }
  for (std::int64_t i = 0; i < 3; ++i) {
    EncodeJob part = job_;
    part.first_segment = i;
    part.segment_count = 1;
    for (const auto& [file, sha256] : hashes(encode(part))) EXPECT_EQ(sha256, hashes(with).at(file)) << file;
  }
}

TEST_F(BurnedEncode, ItIsSeenInTheDecodedPicture) {
  ASSERT_TRUE(encode(job_).result);
  join(folder_.root(), "v180", 0, 3, folder_.path("with.mp4"));
  EncodeJob without = job_;
  without.burn = {};
  ASSERT_TRUE(encode(without).result);
  join(folder_.root(), "v180", 0, 3, folder_.path("without.mp4"));
  // How much two crops differ at 2.7 s, 0 to 255.
  const auto differ = [&](const std::string& crop) {
    const std::string out = shell(
        "ffmpeg -nostdin -v error -ss 2.7 -i " + folder_.path("with.mp4") + " -ss 2.7 -i " +
        folder_.path("without.mp4") + " -filter_complex '[0]crop=" + crop + "[a];[1]crop=" + crop +
        "[b];[a][b]blend=all_mode=difference,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-'"
        " -frames:v 1 -f null - | sed -n s/.*YAVG=//p");
    return std::stod(out);
  };
  EXPECT_GT(differ("140:24:20:240"), 15);
  EXPECT_LT(differ("180:150:0:0"), 2);
}

TEST_F(BurnedEncode, WhatCanNotBeDrawnIsRefused) {
  job_.burn.cues[0].text = "\xF0\x93\x80\x80";
  EXPECT_EQ(encode(job_).result.error().reason, "MEDIA_NO_GLYPH");
  job_.burn.cues[0].text = std::string(1 << 20, 'x');
  EXPECT_EQ(encode(job_).result.error().reason, "MEDIA_JOB_INVALID");
  job_.burn.cues[0] = {3000, 3000, "x", std::nullopt};
  EXPECT_EQ(encode(job_).result.error().reason, "MEDIA_JOB_INVALID");
  job_.burn.cues.assign(limits::kMaxBurnCues + 1, {0, 1000, "x", std::nullopt});
  EXPECT_EQ(encode(job_).result.error().reason, "MEDIA_JOB_INVALID");
}

}  // namespace
}  // namespace cliffhanger::media::testing
