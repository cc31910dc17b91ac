// SPDX-License-Identifier: GPL-3.0-or-later
// The program's command `probe`, as services see it: through libs/media.
#include <gtest/gtest.h>

#include <fstream>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

constexpr const char* kTwoSeconds =
    "-f lavfi -i testsrc2=s=320x240:r=25:d=2 -f lavfi -i sine=440:d=2 -c:v libx264 -preset ultrafast -c:a "
    "aac";

class ProbeTest : public ::testing::Test {
 protected:
  std::string clip(const std::string& name, const std::string& arguments) {
    make_clip(folder_.path(name), arguments);
    return folder_.path(name);
  }
  std::string file(const std::string& name, const std::string& contents) {
    std::ofstream(folder_.path(name), std::ios::binary) << contents;
    return folder_.path(name);
  }
  TempFolder folder_;
};

TEST_F(ProbeTest, SaysWhatItIs) {
  const ProbeEvent p = probe_clip(clip("a.mp4", kTwoSeconds));
  EXPECT_EQ(p.container, "mov");
  EXPECT_NEAR(static_cast<double>(p.duration_ms), 2000, 1);
  EXPECT_EQ(p.video.codec, "h264");
  EXPECT_EQ(p.video.width, 320);
  EXPECT_EQ(p.video.height, 240);
  EXPECT_EQ(p.video.rate, (FrameRate{25, 1}));
  EXPECT_EQ(p.video.frames, 50);
  ASSERT_TRUE(p.audio);
  EXPECT_EQ(p.audio->codec, "aac");
  EXPECT_EQ(p.audio->channels, 1);
}

TEST_F(ProbeTest, TakesTheContainersItNames) {
  EXPECT_EQ(probe_clip(clip("a.mkv", kTwoSeconds)).container, "matroska");
  EXPECT_EQ(probe_clip(clip("a.ts", kTwoSeconds)).container, "mpegts");
  EXPECT_EQ(probe_clip(clip("a.avi", kTwoSeconds)).container, "avi");
  for (const char* name : {"a.mkv", "a.ts"})
    EXPECT_EQ(probe_clip(folder_.path(name)).video.frames, 50) << name;
  // AVI has no times of display: one frame of delay is all that its B-frames cost.
  EXPECT_NEAR(static_cast<double>(probe_clip(folder_.path("a.avi")).video.frames), 50, 1);
}

TEST_F(ProbeTest, RefusesWhatIsNoVideo) {
  EXPECT_EQ(probe_reason(file("empty.mp4", "")), "MEDIA_EMPTY");
  EXPECT_EQ(probe_reason(file("text.mp4", "Once upon a time there was a text file.\n")), "MEDIA_NOT_VIDEO");
  EXPECT_EQ(probe_reason(file("zeros.mp4", std::string(100'000, '\0'))), "MEDIA_NOT_VIDEO");
  EXPECT_EQ(probe_reason(clip("sound.m4a", "-f lavfi -i sine=440:d=1 -c:a aac")), "MEDIA_NO_VIDEO");
  EXPECT_EQ(probe_reason(clip("picture.png", "-f lavfi -i testsrc2=s=64x64:d=1 -frames:v 1")),
            "MEDIA_NOT_VIDEO");
  EXPECT_EQ(probe_reason(clip("old.flv", "-f lavfi -i testsrc2=s=64x64:d=1")), "MEDIA_UNSUPPORTED");
}

TEST_F(ProbeTest, NeverFollowsAPlaylist) {
  const std::string secret = clip("secret.ts", kTwoSeconds);
  EXPECT_EQ(probe_reason(file("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + secret +
                                              "\n#EXT-X-ENDLIST\n")),
            "MEDIA_NOT_VIDEO");
  EXPECT_EQ(probe_reason(
                file("url.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:1/a.ts\n")),
            "MEDIA_NOT_VIDEO");
  EXPECT_EQ(probe_reason(file("concat.mp4", "ffconcat version 1.0\nfile '" + secret + "'\n")),
            "MEDIA_NOT_VIDEO");
}

TEST_F(ProbeTest, SeesWhatIsMissing) {
  const std::string late = read_file(clip("late.mp4", kTwoSeconds));  // its moov is at the end
  EXPECT_EQ(probe_reason(file("no-moov.mp4", late.substr(0, late.size() / 2))), "MEDIA_TRUNCATED");
  const std::string early = read_file(clip("early.mp4", std::string(kTwoSeconds) + " -movflags +faststart"));
  EXPECT_EQ(probe_reason(file("cut.mp4", early.substr(0, early.size() * 3 / 4))), "MEDIA_TRUNCATED");
  EXPECT_EQ(probe_reason(file("whole.mp4", early)), "ACCEPTED");
  EXPECT_EQ(probe_reason(file("start.mp4", early.substr(0, 64))), "MEDIA_TRUNCATED");
}

TEST_F(ProbeTest, KeepsItsLimits) {
  const Outcome out = run_program("probe", clip("a.mp4", kTwoSeconds), "/tmp", "{\"maxDurationMs\":1500}");
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_TOO_LONG");
  EXPECT_EQ(out.result.error().code, Code::kInvalidArgument);
  EXPECT_EQ(
      probe_reason(clip("wide.mp4", "-f lavfi -i color=s=8400x64:d=0.2 -c:v libx264 -preset ultrafast")),
      "MEDIA_TOO_LARGE");
  EXPECT_EQ(run_program("probe", folder_.path("a.mp4"), "/tmp", "{\"what\":1}").result.error().reason,
            "MEDIA_JOB_INVALID");
}

// Random damage must give an answer, never a hang or a crash.
TEST_F(ProbeTest, SurvivesDamage) {
  const std::string good = read_file(clip("a.mp4", kTwoSeconds));
  for (unsigned round = 0; round < 12; ++round) {
    std::string bad = good;
    unsigned seed = round * 7919 + 1;
    for (int i = 0; i < 40; ++i) {
      seed = seed * 1664525 + 1013904223;
      bad[seed % bad.size()] = static_cast<char>(seed >> 24);
    }
    const std::string reason = probe_reason(file("bad.mp4", bad));
    EXPECT_NE(reason, "MEDIA_CRASHED") << round;
    EXPECT_NE(reason, "MEDIA_TIMEOUT") << round;
    EXPECT_NE(reason, "MEDIA_INTERNAL") << round;
  }
}

struct Expected {
  const char* file;
  int width, height, rotation;
  FrameRate rate;
  std::int64_t frames;
  bool sound;
};

TEST(ProbeShared, OddClips) {
  if (!shared_clip("lp_sample.mp4")) GTEST_SKIP() << "the shared clips are not here";
  for (const Expected& e : std::initializer_list<Expected>{
           {"lp_sample.mp4", 576, 1024, 0, {30, 1}, 486, true},
           {"sar_2x1.mp4", 1280, 360, 0, {30, 1}, 150, false},
           {"portrait_4k60.mp4", 2160, 3840, 90, {60, 1}, 18, true},
           {"sample_edit_list.mp4", 1080, 1920, 90, {30000, 1001}, 77, true},
           {"sample_12_5fps_720p_1s.mp4", 1280, 720, 0, {25, 2}, 13, true},
           {"sample_missing_stsd.mp4", 1080, 720, 0, {30000, 1001}, 30, false},
           {"sample_mdat_too_long.mp4", 1080, 720, 0, {30000, 1001}, 30, true},
           {"bbb-180rotated.mov", 426, 240, 180, {24, 1}, 49, true},
           {"sample_rotate_and_reflect.mp4", 720, 1080, 90, {30000, 1001}, 30, true}}) {
    const ProbeEvent p = probe_clip(*shared_clip(e.file));
    EXPECT_EQ(p.video.width, e.width) << e.file;
    EXPECT_EQ(p.video.height, e.height) << e.file;
    EXPECT_EQ(p.video.rotation, e.rotation) << e.file;
    EXPECT_EQ(p.video.rate, e.rate) << e.file;
    EXPECT_EQ(p.video.frames, e.frames) << e.file;
    EXPECT_EQ(p.audio.has_value(), e.sound) << e.file;
  }
}

}  // namespace
}  // namespace cliffhanger::media::testing
