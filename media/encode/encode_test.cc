// SPDX-License-Identifier: GPL-3.0-or-later
// The program's command `encode`, as services see it: through libs/media.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

constexpr const char* kElevenSeconds =
    "-f lavfi -i testsrc2=s=360x640:r=30:d=11 -c:v libx264 -preset ultrafast -g 75 -bf 3 -pix_fmt yuv420p";

EncodeJob job_for(const ProbeEvent& p, std::vector<Rung> rungs) {
  EncodeJob job{p.video.rate, p.video.frames, std::move(rungs), 0, 0};
  job.segment_count = Grid::make(job.rate, job.frames).value().segments();
  return job;
}

std::vector<Rung> two_rungs(int width, int height) {
  return {{"small", width / 4 * 2, height / 4 * 2, 26, 300, 450}, {"large", width, height, 24, 900, 1350}};
}

using Hashes = std::map<std::pair<std::string, std::int64_t>, std::string>;
Hashes hashes(const Outcome& out) {
  Hashes all;
  for (const SegmentEvent& s : out.segments) all[{s.rung, s.index}] = s.sha256;
  for (const InitEvent& i : out.inits) all[{i.rung, -1}] = i.sha256;
  return all;
}

// Encodes all at once and segment by segment, and holds the two against each other.
void expect_chunked_equals_serial(const std::string& source, int width, int height) {
  const TempFolder folder;
  const EncodeJob whole = job_for(probe_clip(source), two_rungs(width, height));
  const Outcome serial = run_program("encode", source, folder.root(), to_json(whole));
  ASSERT_TRUE(serial.result) << serial.result.error().message;
  Hashes chunked;
  for (std::int64_t i = whole.segment_count - 1; i >= 0; --i) {
    EncodeJob part = whole;
    part.first_segment = i;
    part.segment_count = 1;
    const Outcome one = run_program("encode", source, folder.root(), to_json(part));
    ASSERT_TRUE(one.result) << one.result.error().message;
    for (const auto& [key, value] : hashes(one)) {
      const auto [at, fresh] = chunked.emplace(key, value);
      EXPECT_EQ(at->second, value) << source << " " << key.first << " " << key.second;
    }
  }
  EXPECT_EQ(hashes(serial), chunked) << source;
}

std::string ffprobe(const std::string& arguments, const std::string& file) {
  return shell("ffprobe -v error " + arguments + " -of csv=p=0 '" + file + "'");
}

// A clip made by ffmpeg with these arguments, and all that encoding it gave.
struct Encoded {
  explicit Encoded(const std::string& arguments) {
    make_clip(folder.path("source.mp4"), arguments);
    probe = probe_clip(folder.path("source.mp4"));
    job = job_for(probe, two_rungs(360, 640));
    out = run_program("encode", folder.path("source.mp4"), folder.root(), to_json(job));
    if (!out.result) throw std::runtime_error(out.result.error().message);
  }
  TempFolder folder;
  ProbeEvent probe;
  EncodeJob job;
  Outcome out;
};

// Tests that look at one and the same result.
class EncodeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Encoded>(kElevenSeconds); }
  static void TearDownTestSuite() { shared_.reset(); }
  static inline std::unique_ptr<Encoded> shared_;
  const TempFolder& folder_ = shared_->folder;
  const EncodeJob& job_ = shared_->job;
  const Outcome& out_ = shared_->out;
};

TEST_F(EncodeTest, EverySegmentDecodesAloneWithItsInit) {
  const Grid grid = Grid::make(job_.rate, job_.frames).value();
  ASSERT_EQ(grid.segments(), 4);
  EXPECT_EQ(out_.segments.size(), 8U);
  for (const SegmentEvent& s : out_.segments) {
    const Span span = grid.segment(s.index);
    EXPECT_EQ(s.start_frame, span.start);
    EXPECT_EQ(s.frames, span.frames);
    const std::string alone = folder_.path("alone.mp4");
    join(folder_.root(), s.rung, s.index, 1, alone);
    EXPECT_EQ(ffprobe("-count_frames -show_entries stream=nb_read_frames", alone),
              std::to_string(span.frames) + "\n");
    EXPECT_EQ(s.bytes, static_cast<std::int64_t>(read_file(folder_.path(s.file)).size()));
  }
}

TEST_F(EncodeTest, TheWholeIsContinuousAndHasItsKeyPicturesOnTheGrid) {
  for (const char* rung : {"small", "large"}) {
    const std::string whole = folder_.path("whole.mp4");
    join(folder_.root(), rung, 0, job_.segment_count, whole);
    EXPECT_EQ(ffprobe("-count_frames -show_entries stream=nb_read_frames", whole), "330\n");
    EXPECT_EQ(ffprobe("-show_entries stream=r_frame_rate,profile,color_range,color_space", whole),
              "High,tv,bt709,30/1\n");
    // Decoding times: every frame one step after the one before, over all joins.
    std::istringstream times(ffprobe("-show_entries packet=dts,flags", whole));
    std::int64_t next = 0, keys = 0;
    for (std::string line; std::getline(times, line); next += 512) {
      EXPECT_EQ(std::stoll(line), next);
      const bool key = line.find('K') != std::string::npos;
      EXPECT_EQ(key, next / 512 % 60 == 0) << next;
      keys += key;
    }
    EXPECT_EQ(keys, 6);
    EXPECT_EQ(shell("ffmpeg -nostdin -v error -i '" + whole + "' -f null -"), "");
  }
}

TEST_F(EncodeTest, GopRangesHoldAKeyPictureEach) {
  for (const SegmentEvent& s : out_.segments) {
    std::int64_t next = 0;
    const std::string bytes = read_file(folder_.path(s.file));
    for (const GopRange& g : s.gops) {
      EXPECT_EQ(g.offset, next);
      next += g.size;
      EXPECT_EQ(bytes.substr(static_cast<std::size_t>(g.offset) + 4, 4), "moof");
      // What an I-frame playlist would fetch: init, moof and one picture.
      const std::string trick = folder_.path("trick.mp4");
      std::ofstream(trick, std::ios::binary)
          << read_file(folder_.path(s.rung + "-init.mp4"))
          << bytes.substr(static_cast<std::size_t>(g.offset), static_cast<std::size_t>(g.bytes));
      const std::string decoded =
          shell("ffmpeg -nostdin -v quiet -i '" + trick + "' -frames:v 1 -f framecrc - | grep -c '^0,'");
      EXPECT_EQ(decoded, "1\n");
    }
    EXPECT_EQ(next, s.bytes);
  }
}

TEST_F(EncodeTest, InitHasAvc1AndMeasuresTheClock) {
  ASSERT_EQ(out_.inits.size(), 2U);
  for (const InitEvent& i : out_.inits) {
    EXPECT_EQ(i.codecs.substr(0, 9), "avc1.6400");
    EXPECT_EQ(i.timescale, 15360);
    EXPECT_EQ(i.frame_ticks, 512);
    EXPECT_NE(read_file(folder_.path(i.file)).find("avc1"), std::string::npos);
  }
}

TEST(Encode, HoldsPicturesOfVariableRate) {
  // Frames 31 to 59 are left out: frame 30 stays for a second.
  const Encoded e(
      "-f lavfi -i testsrc2=s=360x640:r=30:d=3 -vf \"select='not(between(n,31,59))'\" -vsync vfr -c:v "
      "libx264 -preset ultrafast");
  EXPECT_EQ(e.probe.video.rate, (FrameRate{30, 1}));
  EXPECT_EQ(e.probe.video.frames, 90);
  const std::string whole = e.folder.path("whole.mp4");
  join(e.folder.root(), "large", 0, e.job.segment_count, whole);
  EXPECT_EQ(ffprobe("-count_frames -show_entries stream=nb_read_frames", whole), "90\n");
}

TEST(Encode, ChunkedEqualsSerial) {
  const TempFolder folder;
  make_clip(folder.path("b.mp4"), kElevenSeconds);
  expect_chunked_equals_serial(folder.path("b.mp4"), 180, 320);
  make_clip(folder.path("open.mkv"),
            "-f lavfi -i testsrc2=s=180x320:r=24000/1001:d=9 -c:v libx265 -preset ultrafast -x265-params "
            "log-level=none:open-gop=1:keyint=50");
  expect_chunked_equals_serial(folder.path("open.mkv"), 180, 320);
}

// What a viewer's buffer is promised: no segment takes more than the rung's peak and what the buffer holds
// when it starts.
TEST(Encode, SegmentsStayWithinTheDeclaredPeak) {
  const TempFolder folder;
  make_clip(
      folder.path("a.mp4"),
      "-f lavfi -i testsrc2=s=180x320:r=25:d=13 -vf \"noise=alls=60:allf=t\" -c:v libx264 -preset ultrafast "
      "-crf 12");
  const ProbeEvent probe = probe_clip(folder.path("a.mp4"));
  const Rung rung{"a", 180, 320, 18, 400, 600};  // far less than it wants
  const EncodeJob job = job_for(probe, {rung});
  const Outcome out = run_program("encode", folder.path("a.mp4"), folder.root(), to_json(job));
  ASSERT_TRUE(out.result);
  for (const SegmentEvent& s : out.segments) {
    const double seconds = static_cast<double>(s.frames) / probe.video.rate.value();
    const double most = rung.maxrate_kbps * 1000.0 * seconds + rung.bufsize_kbps * 1000.0 * 0.8;
    EXPECT_LE(static_cast<double>(s.bytes) * 8, most * 1.02) << s.index;
    EXPECT_GE(static_cast<double>(s.bytes) * 8, most * 0.5) << s.index;  // it was tight
  }
}

// Half an hour at 23.976: pictures and sound of segment N start within one AAC frame, as written in the
// files.
TEST(Encode, SoundStaysWithPicturesForHalfAnHour) {
  const TempFolder folder;
  make_clip(folder.path("long.mp4"),
            "-f lavfi -i color=s=32x32:r=24000/1001:d=1800 -c:v libx264 -preset ultrafast -g 240");
  const ProbeEvent probe = probe_clip(folder.path("long.mp4"));
  ASSERT_EQ(probe.video.rate, (FrameRate{24000, 1001}));
  EncodeJob job = job_for(probe, {{"a", 32, 32, 30, 100, 150}});
  job.first_segment =
      job.segment_count - 2;  // the pictures of the end alone: the rest is the grid's arithmetic
  job.segment_count = 2;
  const Outcome pictures = run_program("encode", folder.path("long.mp4"), folder.root(), to_json(job));
  const Outcome sound = run_program("audio", folder.path("long.mp4"), folder.root(),
                                    to_json(AudioJob{probe.video.rate, probe.video.frames, 64}));
  ASSERT_TRUE(pictures.result && sound.result);
  const auto start_of = [&](const std::string& rung, std::int64_t index) {
    join(folder.root(), rung, index, 1, folder.path("one.mp4"));
    return std::stod(ffprobe("-show_entries packet=dts_time -read_intervals '%+#1'", folder.path("one.mp4")));
  };
  for (std::int64_t i = job.first_segment; i < job.first_segment + 2; ++i) {
    ASSERT_GT(start_of("a", i), 1780);
    EXPECT_NEAR(start_of("a", i), start_of("audio", i), 1024.0 / 48000) << i;
  }
}

TEST(EncodeShared, ChunkedEqualsSerialOnOddClips) {
  if (!shared_clip("lp_sample.mp4")) GTEST_SKIP() << "the shared clips are not here";
  for (const char* clip : {"cursed-vfr.mp4", "sample_edit_list.mp4", "nasa_13013.mp4"})
    expect_chunked_equals_serial(*shared_clip(clip), 160, 160);
}

// ffmpeg turns pictures by its own reading of the display matrix: ours must look the same.
TEST(EncodeShared, TurnsPicturesAsFfmpegDoes) {
  if (!shared_clip("lp_sample.mp4")) GTEST_SKIP() << "the shared clips are not here";
  for (const char* clip : {"sample_rotate_and_reflect.mp4", "portrait_4k60.mp4", "sample_portrait.mp4"}) {
    const std::string source = *shared_clip(clip);
    const TempFolder folder;
    const ProbeEvent p = probe_clip(source);
    const int width = 240, height = p.video.height * 120 / p.video.width * 2;
    const EncodeJob job = job_for(p, {{"a", width, height, 10, 20000, 30000}});
    ASSERT_TRUE(run_program("encode", source, folder.root(), to_json(job)).result);
    join(folder.root(), "a", 0, 1, folder.path("a.mp4"));
    const std::string size = std::to_string(width) + ":" + std::to_string(height);
    const std::string said = shell(
        "ffmpeg -nostdin -v info -i '" + folder.path("a.mp4") + "' -i '" + source +
        "' -filter_complex '[1:v]scale=" + size + ":out_range=tv,format=yuv420p,setpts=PTS-STARTPTS[r];" +
        "[0:v]setpts=PTS-STARTPTS[d];[d][r]psnr' -frames:v 5 -f null - 2>&1 | grep -o 'PSNR y:[0-9]*'");
    EXPECT_GE(std::stoi(said.substr(7)), 28) << clip << " " << said;
  }
}

// Damage in the middle costs pictures, not the episode: every segment is made with all its frames, or the
// reason is clear.
TEST(Encode, SurvivesDamage) {
  const TempFolder folder;
  make_clip(folder.path("good.mp4"),
            "-f lavfi -i testsrc2=s=180x320:r=30:d=5 -c:v libx264 -preset ultrafast -movflags +faststart");
  const EncodeJob job = job_for(probe_clip(folder.path("good.mp4")), two_rungs(180, 320));
  const std::string good = read_file(folder.path("good.mp4"));
  for (unsigned round = 0; round < 6; ++round) {
    std::string bad = good;
    unsigned seed = round * 7919 + 17;
    for (int i = 0; i < 60; ++i) {
      seed = seed * 1664525 + 1013904223;
      bad[good.size() / 4 + seed % (good.size() * 3 / 4)] = static_cast<char>(seed >> 24);
    }
    std::ofstream(folder.path("bad.mp4"), std::ios::binary) << bad;
    const Outcome out = run_program("encode", folder.path("bad.mp4"), folder.root(), to_json(job));
    if (!out.result) {
      EXPECT_EQ(out.result.error().reason, "MEDIA_DAMAGED") << round;
      continue;
    }
    ASSERT_EQ(out.segments.size(), static_cast<std::size_t>(job.segment_count) * 2) << round;
    join(folder.root(), "large", 0, job.segment_count, folder.path("whole.mp4"));
    EXPECT_EQ(ffprobe("-count_frames -show_entries stream=nb_read_frames", folder.path("whole.mp4")),
              "150\n");
  }
}

// No index, or one that tells little: a run that starts late still gives the same bytes.
TEST(Encode, ChunkedEqualsSerialWithoutAnIndex) {
  const TempFolder folder;
  const std::string picture = "-f lavfi -i testsrc2=s=80x160:r=25:d=13 -g 60 ";
  for (const auto& [name, codec] : {std::pair{"a.ts", "-c:v libx264 -preset ultrafast -bf 2"},
                                    {"b.ts", "-c:v mpeg2video -bf 2 -q:v 4"},
                                    {"c.ts",
                                     "-c:v libx265 -preset ultrafast -x265-params "
                                     "log-level=none:open-gop=1:keyint=60:bframes=3"},
                                    {"a.avi", "-c:v libx264 -preset ultrafast -bf 2"},
                                    {"b.avi", "-c:v mpeg4 -bf 2 -q:v 4"}}) {
    make_clip(folder.path(name), picture + codec);
    expect_chunked_equals_serial(folder.path(name), 80, 160);
  }
}

// Each picture depends on the one before, which a run must decode although it doesn't show it.
TEST(Encode, ChunkedEqualsSerialOfInterlaced) {
  const TempFolder folder;
  for (const char* name : {"a.mp4", "a.ts"}) {
    make_clip(
        folder.path(name),
        "-f lavfi -i testsrc2=s=80x160:r=50:d=9 -vf tinterlace=interleave_top -c:v libx264 -preset ultrafast "
        "-g 50 -bf 2 -flags +ilme+ildct -x264-params tff=1");
    expect_chunked_equals_serial(folder.path(name), 80, 160);
  }
}

TEST(EncodeRefuses, WhatHasNoPictures) {
  const TempFolder folder;
  make_clip(folder.path("a.m4a"), "-f lavfi -i sine=440:d=1 -c:a aac");
  const EncodeJob job{{30, 1}, 30, {{"a", 64, 64, 23, 100, 100}}, 0, 1};
  EXPECT_EQ(run_program("encode", folder.path("a.m4a"), folder.root(), to_json(job)).result.error().reason,
            "MEDIA_NO_VIDEO");
}

}  // namespace
}  // namespace cliffhanger::media::testing
