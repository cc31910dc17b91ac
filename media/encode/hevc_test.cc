// SPDX-License-Identifier: GPL-3.0-or-later
// Rungs of HEVC: beside one of H.264 in the same run, and held against it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

Rung avc(int width, int height) {
  return {"v", width, height, 26, 900, 900};
}
Rung hevc(int width, int height) {
  return {"h", width, height, 28, 600, 600, VideoCodec::kHevc};
}

EncodeJob job_for(const ProbeEvent& p, std::vector<Rung> rungs) {
  EncodeJob job{p.video.rate, p.video.frames, std::move(rungs), 0, 0};
  job.segment_count = Grid::make(job.rate, job.frames).value().segments();
  return job;
}

std::string ffprobe(const std::string& arguments, const std::string& file) {
  return shell("ffprobe -v error " + arguments + " -of csv=p=0 '" + file + "'");
}

// Decoding times with their key flags as they come, and times of display in order.
struct Times {
  std::vector<std::string> decoded;
  std::vector<std::int64_t> shown;
  bool operator==(const Times&) const = default;
};
Times times_of(const std::string& file) {
  Times out;
  std::istringstream lines(ffprobe("-show_entries packet=pts,dts,flags", file));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t comma = line.find(',');
    out.shown.push_back(std::stoll(line));
    const std::string rest = line.substr(comma + 1);
    out.decoded.push_back(rest.substr(0, rest.find(',')) +
                          (rest.find('K') != std::string::npos ? " key" : ""));
  }
  std::sort(out.shown.begin(), out.shown.end());
  return out;
}

using Hashes = std::map<std::pair<std::string, std::int64_t>, std::string>;
Hashes hashes(const Outcome& out) {
  Hashes all;
  for (const SegmentEvent& s : out.segments) all[{s.rung, s.index}] = s.sha256;
  for (const InitEvent& i : out.inits) all[{i.rung, -1}] = i.sha256;
  return all;
}

// Nine seconds at both codecs.
struct Encoded {
  Encoded() {
    make_clip(folder.path("source.mp4"),
              "-f lavfi -i testsrc2=s=180x320:r=30:d=9 -c:v libx264 -preset ultrafast -g 75 -bf 3 -pix_fmt "
              "yuv420p");
    job = job_for(probe_clip(folder.path("source.mp4")), {avc(180, 320), hevc(180, 320)});
    out = run_program("encode", folder.path("source.mp4"), folder.root(), to_json(job));
    if (!out.result) throw std::runtime_error(out.result.error().reason + ": " + out.result.error().message);
  }
  std::string whole(const std::string& rung) const {
    join(folder.root(), rung, 0, job.segment_count, folder.path(rung + ".mp4"));
    return folder.path(rung + ".mp4");
  }
  TempFolder folder;
  EncodeJob job;
  Outcome out;
};

class HevcTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Encoded>(); }
  static void TearDownTestSuite() { shared_.reset(); }
  static inline std::unique_ptr<Encoded> shared_;
};

TEST_F(HevcTest, ItIsMainIn709AsHvc1) {
  const auto init = std::find_if(shared_->out.inits.begin(), shared_->out.inits.end(),
                                 [](const InitEvent& one) { return one.rung == "h"; });
  ASSERT_NE(init, shared_->out.inits.end());
  EXPECT_TRUE(init->codecs.starts_with("hvc1.1.6.L")) << init->codecs;
  EXPECT_LE(std::stoi(init->codecs.substr(10)), 150) << "no more than level 5.0";
  EXPECT_EQ(
      ffprobe("-show_entries stream=codec_name,profile,codec_tag_string,width,height,pix_fmt,color_range,"
              "color_space,color_transfer,color_primaries,chroma_location",
              shared_->whole("h")),
      "hevc,Main,hvc1,180,320,yuv420p,tv,bt709,bt709,bt709,left\n");
}

TEST_F(HevcTest, TheSamePicturesAtTheSameTimesAsInH264) {
  const std::string h = shared_->whole("h"), v = shared_->whole("v");
  const Times times = times_of(h);
  EXPECT_EQ(times, times_of(v));
  EXPECT_EQ(times.shown.size(), 270U);
  EXPECT_EQ(std::count_if(times.decoded.begin(), times.decoded.end(),
                          [](const std::string& one) { return one.ends_with("key"); }),
            5);
  EXPECT_EQ(shell("ffmpeg -nostdin -v error -i '" + h + "' -f null -"), "");
  EXPECT_EQ(ffprobe("-count_frames -show_entries stream=nb_read_frames", h), "270\n");
  const std::string alike = shell("ffmpeg -nostdin -v info -i '" + h + "' -i '" + v +
                                  "' -lavfi ssim -f null - 2>&1 | grep -o 'All:[0-9.]*'");
  EXPECT_GT(std::stod(alike.substr(4)), 0.95) << "other pictures, or in another order";
}

TEST_F(HevcTest, EverySegmentAndEveryKeyPictureDecodesAlone) {
  const Grid grid = Grid::make(shared_->job.rate, shared_->job.frames).value();
  const TempFolder& folder = shared_->folder;
  for (const SegmentEvent& s : shared_->out.segments) {
    if (s.rung != "h") continue;
    join(folder.root(), "h", s.index, 1, folder.path("alone.mp4"));
    EXPECT_EQ(ffprobe("-count_frames -show_entries stream=nb_read_frames", folder.path("alone.mp4")),
              std::to_string(grid.segment(s.index).frames) + "\n");
    const std::string bytes = read_file(folder.path(s.file));
    ASSERT_EQ(s.gops.size(), grid.gops(s.index).size());
    for (const GopRange& g : s.gops) {
      EXPECT_EQ(bytes.substr(static_cast<std::size_t>(g.offset) + 4, 4), "moof");
      std::ofstream(folder.path("trick.mp4"), std::ios::binary)
          << read_file(folder.path("h-init.mp4"))
          << bytes.substr(static_cast<std::size_t>(g.offset), static_cast<std::size_t>(g.bytes));
      EXPECT_EQ(shell("ffmpeg -nostdin -v quiet -i '" + folder.path("trick.mp4") +
                      "' -frames:v 1 -f framecrc - | grep -c '^0,'"),
                "1\n");
    }
  }
}

// Alone, in any order, and without H.264 beside it: the same bytes.
TEST_F(HevcTest, ChunkedEqualsSerial) {
  const Hashes serial = hashes(shared_->out);
  const TempFolder folder;
  for (std::int64_t i = shared_->job.segment_count - 1; i >= 0; --i) {
    EncodeJob part = shared_->job;
    if (i % 2 == 0) part.rungs.erase(part.rungs.begin());
    part.first_segment = i, part.segment_count = 1;
    const Outcome one =
        run_program("encode", shared_->folder.path("source.mp4"), folder.root(), to_json(part));
    ASSERT_TRUE(one.result) << one.result.error().message;
    for (const auto& [key, value] : hashes(one))
      EXPECT_EQ(serial.at(key), value) << key.first << " " << key.second;
  }
}

// x265's own thread too: nearly all that the program takes is some rung's.
TEST_F(HevcTest, ItsProcessorTimeIsCounted) {
  std::int64_t all = 0, of_hevc = 0;
  for (const SegmentEvent& s : shared_->out.segments) {
    all += s.cpu_ms;
    if (s.rung == "h") of_hevc += s.cpu_ms;
  }
  EXPECT_LE(all, shared_->out.result->cpu_ms);
  EXPECT_GE(all * 10, shared_->out.result->cpu_ms * 6) << "the rest is decoding";
  EXPECT_GE(of_hevc, all - of_hevc) << "HEVC takes more than H.264";
}

// The initialisation segment is the same piece for all factors.
TEST_F(HevcTest, HeadersDontDependOnTheFactor) {
  const TempFolder folder;
  EncodeJob other = shared_->job;
  other.rungs = {hevc(180, 320)};
  other.rungs[0].crf = 21;
  other.segment_count = 1;
  const Outcome out =
      run_program("encode", shared_->folder.path("source.mp4"), folder.root(), to_json(other));
  ASSERT_TRUE(out.result);
  EXPECT_EQ(out.inits.at(0).sha256, hashes(shared_->out).at({"h", -1}));
}

TEST(Hevc, SegmentsStayWithinTheDeclaredPeak) {
  const TempFolder folder;
  make_clip(
      folder.path("a.mp4"),
      "-f lavfi -i testsrc2=s=180x320:r=25:d=9 -vf \"noise=alls=60:allf=t\" -c:v libx264 -preset ultrafast "
      "-crf 12");
  const ProbeEvent probe = probe_clip(folder.path("a.mp4"));
  const Rung rung{"h", 180, 320, 18, 400, 600, VideoCodec::kHevc};  // far less than it wants
  const Outcome out =
      run_program("encode", folder.path("a.mp4"), folder.root(), to_json(job_for(probe, {rung})));
  ASSERT_TRUE(out.result);
  for (const SegmentEvent& s : out.segments) {
    const double seconds = static_cast<double>(s.frames) / probe.video.rate.value();
    const double most = rung.maxrate_kbps * 1000.0 * seconds + rung.bufsize_kbps * 1000.0 * 0.6;
    EXPECT_LE(static_cast<double>(s.bytes) * 8, most * 1.02) << s.index;
    EXPECT_GE(static_cast<double>(s.bytes) * 8, most * 0.4) << s.index;  // it was tight
  }
}

// What makes pieces of one recipe the same on all machines: x265 has no switch that says so, as x264 has.
TEST(Hevc, X265GivesTheSameBytesWithEveryInstructionSet) {
  const std::string encode =
      "ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=180x320:r=30:d=1 -vf noise=alls=20:all_seed=1 "
      "-pix_fmt yuv420p "
      "-c:v libx265 -threads 1 -preset superfast -x265-params "
      "log-level=none:pools=none:frame-threads=1:wpp=0:info=0:scenecut=0:open-gop=0:keyint=30:min-keyint=30:"
      "crf=25:"
      "vbv-maxrate=300:vbv-bufsize=300:vbv-init=0.6";
  const auto hash = [&](const std::string& asm_level) {
    return shell(encode + asm_level + " -f hevc - | sha256sum");
  };
  const std::string own = hash("");
  for (const char* level : {":asm=0", ":asm=SSE2", ":asm=SSE4.2", ":asm=AVX"})
    EXPECT_EQ(hash(level), own) << level;
}

// A real clip, vertical, with sound that is left alone.
TEST(HevcShared, ARealClip) {
  if (!shared_clip("lp_sample.mp4")) GTEST_SKIP() << "the shared clips are not here";
  const TempFolder folder;
  const std::string source = *shared_clip("lp_sample.mp4");
  EncodeJob job = job_for(probe_clip(source), {avc(540, 960), hevc(540, 960)});
  job.rungs[0].crf = 23, job.rungs[0].maxrate_kbps = job.rungs[0].bufsize_kbps = 2000;
  job.rungs[1].crf = 25, job.rungs[1].maxrate_kbps = job.rungs[1].bufsize_kbps = 1400;
  job.first_segment = 1, job.segment_count = 1;
  const Outcome out = run_program("encode", source, folder.root(), to_json(job));
  ASSERT_TRUE(out.result) << out.result.error().message;
  ASSERT_EQ(out.segments.size(), 2U);
  for (const char* rung : {"v", "h"})
    join(folder.root(), rung, 1, 1, folder.path(std::string(rung) + ".mp4"));
  EXPECT_EQ(times_of(folder.path("h.mp4")), times_of(folder.path("v.mp4")));
  std::map<std::string, std::int64_t> bytes;
  for (const SegmentEvent& s : out.segments) bytes[s.rung] = s.bytes;
  EXPECT_LT(bytes["h"] * 10, bytes["v"] * 9) << "it is there to save bits";
}

}  // namespace
}  // namespace cliffhanger::media::testing
