// SPDX-License-Identifier: GPL-3.0-or-later
// Kinds of video that phones and editors make, one test a kind: each on a clip made here, and on the shared
// ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

constexpr const char* kX264 = " -c:v libx264 -preset ultrafast -pix_fmt yuv420p ";
constexpr const char* kX265 = " -c:v libx265 -preset ultrafast -x265-params log-level=none ";

class InputTest : public ::testing::Test {
 protected:
  std::string clip(const std::string& name, const std::string& arguments) {
    make_clip(folder_.path(name), arguments);
    return folder_.path(name);
  }
  std::string file(const std::string& name, const std::string& contents) {
    std::ofstream(folder_.path(name), std::ios::binary) << contents;
    return folder_.path(name);
  }
  // Encodes a clip to one rung of nearly no loss, joined into "whole.mp4".
  void encode(const std::string& source, int width, int height, std::int64_t memory_mib = 1024) {
    probe_ = probe_clip(source);
    EncodeJob job{probe_.video.rate, probe_.video.frames, {{"a", width, height, 8, 50'000, 75'000}}, 0, 0};
    job.segment_count = Grid::make(job.rate, job.frames).value().segments();
    const Outcome out = run_program("encode", source, folder_.root(), to_json(job), memory_mib);
    ASSERT_TRUE(out.result) << out.result.error().message;
    join(folder_.root(), "a", 0, job.segment_count, folder_.path("whole.mp4"));
    EXPECT_EQ(shell("ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 '" +
                    folder_.path("whole.mp4") + "'"),
              std::to_string(probe_.video.frames) + "\n");
  }
  // How alike the result and the source through an ffmpeg filter are, in dB of luma over the first pictures.
  // By default the source is small and untagged, so bt601, which becomes bt709.
  static constexpr const char* kTo709 = "scale=in_color_matrix=bt601:out_color_matrix=bt709:out_range=tv,";
  int likeness(const std::string& source, const std::string& filter, int pictures = 3,
               const char* colour = kTo709) {
    const std::string said = shell("ffmpeg -nostdin -v info -i '" + folder_.path("whole.mp4") + "' -i '" +
                                   source + "' -filter_complex '[1:v]" + colour + filter +
                                   ",format=yuv420p,settb=1/25,setpts=N[r];[0:v]settb=1/25,setpts=N[d];" +
                                   "[d][r]psnr' -frames:v " + std::to_string(pictures) +
                                   " -f null - 2>&1 | grep -o 'PSNR y:[0-9a-z]*'");
    const std::string value = said.substr(7);
    return value.starts_with("inf") ? 100 : std::stoi(value);
  }
  // The first picture's planes, 8-bit 4:2:0.
  std::string first_picture() {
    shell("ffmpeg -nostdin -v error -y -i '" + folder_.path("whole.mp4") +
          "' -frames:v 1 -pix_fmt yuv420p -f rawvideo '" + folder_.path("raw") + "'");
    return read_file(folder_.path("raw"));
  }
  TempFolder folder_;
  ProbeEvent probe_;
};

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<std::uint8_t>(bytes.at(at + i));
  return out;
}

void put_number(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = static_cast<char>(value >> (24 - 8 * i));
}

// Writes a display matrix's four turning numbers into the first track's header.
void turn(std::string& mp4, std::array<int, 4> abcd) {
  const std::size_t matrix = mp4.find("tkhd") + 4 + 40;
  for (const auto& [place, value] : {std::pair{0, abcd[0]}, {1, abcd[1]}, {3, abcd[2]}, {4, abcd[3]}})
    put_number(mp4, matrix + static_cast<std::size_t>(place) * 4, static_cast<std::uint32_t>(value * 65536));
}

// Puts a box at the end of the first `hvc1` or `hev1` entry, whose file has its moov behind its mdat.
void add_to_sample_entry(std::string& mp4, const std::string& box) {
  const std::size_t entry =
      std::min(mp4.find("hvc1", mp4.find("stsd")), mp4.find("hev1", mp4.find("stsd"))) - 4;
  const std::size_t end = entry + number_at(mp4, entry);
  for (const char* parent : {"moov", "trak", "mdia", "minf", "stbl", "stsd"}) {
    const std::size_t at = mp4.rfind(parent, entry) - 4;
    put_number(mp4, at, number_at(mp4, at) + static_cast<std::uint32_t>(box.size()));
  }
  put_number(mp4, entry, number_at(mp4, entry) + static_cast<std::uint32_t>(box.size()));
  mp4.insert(end, box);
}

// A Dolby Vision configuration: only a base layer and its metadata.
std::string dolby_vision(unsigned profile, unsigned compatibility) {
  std::string box(32, '\0');
  put_number(box, 0, 32);
  box.replace(4, 4, profile > 7 ? "dvvC" : "dvcC");
  box[8] = 1;
  constexpr unsigned kLevel = 4, kRpuAndBase = 5;
  const unsigned bits = profile << 9 | kLevel << 3 | kRpuAndBase;
  box[10] = static_cast<char>(bits >> 8);
  box[11] = static_cast<char>(bits);
  box[12] = static_cast<char>(compatibility << 4);
  return box;
}

TEST_F(InputTest, RotationAndMirror) {
  clip("flat.mp4", std::string("-f lavfi -i testsrc2=s=160x96:r=25:d=0.4") + kX264);
  const std::string flat = read_file(folder_.path("flat.mp4"));
  struct Case {
    std::array<int, 4> matrix;
    int rotation;
    const char* filter;
  };
  for (const Case& c : std::initializer_list<Case>{{{1, 0, 0, 1}, 0, "null"},
                                                   {{0, 1, -1, 0}, 90, "transpose=clock"},
                                                   {{-1, 0, 0, -1}, 180, "hflip,vflip"},
                                                   {{0, -1, 1, 0}, 270, "transpose=cclock"},
                                                   {{-1, 0, 0, 1}, 0, "hflip"},
                                                   {{1, 0, 0, -1}, 0, "vflip"},
                                                   {{0, 1, 1, 0}, 90, "transpose=cclock_flip"},
                                                   {{0, -1, -1, 0}, 270, "transpose=clock_flip"}}) {
    std::string turned = flat;
    turn(turned, c.matrix);
    const std::string source = file("turned.mp4", turned);
    const bool upright = c.matrix[0] != 0;
    encode(source, upright ? 160 : 96, upright ? 96 : 160);
    EXPECT_EQ(probe_.video.width, upright ? 160 : 96) << c.filter;
    if (c.matrix[0] * c.matrix[3] - c.matrix[1] * c.matrix[2] > 0)
      EXPECT_EQ(probe_.video.rotation, c.rotation) << c.filter;
    EXPECT_GE(likeness(folder_.path("flat.mp4"), c.filter), 30) << c.filter;
  }
}

TEST_F(InputTest, FrameRates) {
  const std::string picture = "-f lavfi -i testsrc2=s=64x96:d=2:r=";
  struct Case {
    const char* given;
    FrameRate made;
    std::int64_t frames;
  };
  for (const Case& c : std::initializer_list<Case>{{"25/2", {25, 2}, 25},
                                                   {"24000/1001", {24000, 1001}, 48},
                                                   {"60", {60, 1}, 120},
                                                   {"120", {60, 1}, 120},
                                                   {"240", {60, 1}, 120},
                                                   {"60000/1001", {60000, 1001}, 120}}) {
    encode(clip("rate.mp4", picture + c.given + kX264), 64, 96);
    EXPECT_EQ(probe_.video.rate, c.made) << c.given;
    EXPECT_NEAR(static_cast<double>(probe_.video.frames), static_cast<double>(c.frames), 1) << c.given;
  }
}

// Pictures at times that no rate explains: each output frame shows what a player shows at that time.
TEST_F(InputTest, VariableRate) {
  const std::string source =
      clip("vfr.mp4",
           std::string("-f lavfi -i testsrc2=s=96x160:r=120:d=3 -vf "
                       "\"select='eq(mod(n,4),0)*lt(n,120)+eq(n,137)+eq(n,190)+eq(mod(n,4),0)*gt(n,240)'\" "
                       "-vsync vfr -video_track_timescale 12000") +
               kX264);
  encode(source, 96, 160);
  EXPECT_EQ(probe_.video.rate, (FrameRate{30, 1}));
  EXPECT_GE(likeness(source, "fps=30:round=near", 80), 30);
}

TEST_F(InputTest, EditList) {
  clip("long.mp4", std::string("-f lavfi -i testsrc2=s=96x160:r=30:d=4") + kX264 + "-g 30 -bf 2");
  shell("ffmpeg -nostdin -v error -y -ss 1.5 -i '" + folder_.path("long.mp4") + "' -c copy '" +
        folder_.path("edited.mp4") + "'");
  const std::string source = folder_.path("edited.mp4");
  ASSERT_NE(read_file(source).find("elst"), std::string::npos);
  encode(source, 96, 160);
  EXPECT_NEAR(static_cast<double>(probe_.video.frames), 75, 1);  // not 90: what the list cuts is not shown
  EXPECT_GE(likeness(folder_.path("long.mp4"), "select=gte(n\\,45)"), 30);
}

TEST_F(InputTest, KindsOfPixels) {
  const std::string picture = "-f lavfi -i testsrc2=s=128x96:r=25:d=0.4 ";
  struct Case {
    const char *name, *arguments;
    const char* colour = kTo709;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"444.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv444p"},
           {"422.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv422p10le"},
           {"full.mp4",
            "-vf scale=out_range=pc -c:v libx264 -preset ultrafast -pix_fmt yuvj420p -color_range pc"},
           {"ten.mp4",
            "-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -tag:v hvc1"},
           {"rgb.mkv", "-c:v libx264rgb -preset ultrafast -qp 4",
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"},
           {"vp9.webm", "-pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 4M"},
           {"prores.mov", "-c:v prores_ks -profile:v 1"}}) {
    // Untagged and small, the pictures are bt601, which becomes bt709 on the way.
    const std::string source = clip(c.name, picture + c.arguments);
    encode(source, 128, 96);
    EXPECT_GE(likeness(source, "null", 3, c.colour), 30) << c.name;
  }
  EXPECT_EQ(shell("ffprobe -v error -show_entries "
                  "stream=pix_fmt,color_range,color_space,color_transfer,color_primaries "
                  "-of csv=p=0 '" +
                  folder_.path("whole.mp4") + "'"),
            "yuv420p,tv,bt709,bt709,bt709\n");
}

// Of a grey ramp: darker stays darker, black stays black, nothing gets a colour, and white is not clipped to
// grey.
void expect_sane_ramp(const std::string& planes, int width, int height) {
  const auto luma = [&](int x) {
    return int{static_cast<std::uint8_t>(planes[static_cast<std::size_t>(height / 2 * width + x)])};
  };
  EXPECT_NEAR(luma(2), 16, 4);
  EXPECT_GE(luma(width - 3), 200);
  for (int x = 8; x + 8 < width; x += 8) EXPECT_LE(luma(x), luma(x + 8) + 2) << x;
  for (std::size_t i = static_cast<std::size_t>(width * height); i < planes.size(); ++i)
    ASSERT_NEAR(int{static_cast<std::uint8_t>(planes[i])}, 128, 2);
}

constexpr const char* kRamp =
    "-f lavfi -i \"nullsrc=s=256x64:r=25:d=0.2,format=yuv420p10le,geq=lum='64+876*X/255':cb=512:cr=512\" ";
std::string hdr(const char* transfer) {
  return std::string(kRamp) + kX265 +
         "-pix_fmt yuv420p10le -tag:v hvc1 -color_primaries bt2020 -colorspace bt2020nc -color_trc " +
         transfer;
}

TEST_F(InputTest, HlgAndPqBecomeSdr) {
  for (const char* transfer : {"arib-std-b67", "smpte2084"}) {
    encode(clip("hdr.mp4", hdr(transfer)), 256, 64);
    EXPECT_EQ(probe_.video.transfer, transfer);
    expect_sane_ramp(first_picture(), 256, 64);
  }
}

// What phones record: HLG or PQ that any player can show, and metadata that only some use.
TEST_F(InputTest, DolbyVisionShowsItsBaseLayer) {
  clip("hlg.mp4", hdr("arib-std-b67"));
  const std::string plain = read_file(folder_.path("hlg.mp4"));
  encode(folder_.path("hlg.mp4"), 256, 64);
  const std::string want = first_picture();
  std::string vision = plain;
  add_to_sample_entry(vision, dolby_vision(8, 4));
  encode(file("vision.mp4", vision), 256, 64);
  EXPECT_EQ(first_picture(), want);
  // Profile 5 has no such base layer: its colours would be wrong.
  std::string strange = plain;
  add_to_sample_entry(strange, dolby_vision(5, 0));
  EXPECT_EQ(probe_reason(file("strange.mp4", strange)), "MEDIA_UNSUPPORTED");
}

TEST_F(InputTest, AspectRatioAndOddSizes) {
  encode(clip("sar.mp4", std::string("-f lavfi -i testsrc2=s=64x96:r=25:d=0.4 -vf setsar=2/1") + kX264), 128,
         96);
  EXPECT_EQ(probe_.video.width, 128);
  EXPECT_EQ(probe_.video.height, 96);
  encode(clip("odd.webm",
              "-f lavfi -i testsrc2=s=101x75:r=25:d=0.4 -pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime "
              "-cpu-used 8 -b:v 2M"),
         100, 74);
  EXPECT_EQ(probe_.video.width % 2 + probe_.video.height % 2, 0);
  encode(clip("odd.mp4",
              "-f lavfi -i testsrc2=s=101x75:r=25:d=0.4 -c:v libx264 -preset ultrafast -pix_fmt yuv444p"),
         100, 74);
  encode(clip("portrait.mp4", std::string("-f lavfi -i testsrc2=s=720x1080:r=25:d=0.2") + kX264), 720, 1080);
  EXPECT_EQ(probe_.video.height, 1080);
}

// A bar that moves over a still pattern of single lines: the bar loses its comb, the lines stay.
TEST_F(InputTest, InterlacedBecomesProgressive) {
  const std::string fields =
      "-f lavfi -i "
      "\"nullsrc=s=128x96:r=50:d=1,format=yuv420p,geq=lum='if(between(X-4*N,0,15),235,if(lt(Y,48),"
      "if(mod(floor(Y/4),2),60,120),16))':cb=128:cr=128\" ";
  for (const bool top_first : {true, false}) {
    const std::string source =
        clip("fields.mp4", fields + "-vf tinterlace=" + (top_first ? "interleave_top" : "interleave_bottom") +
                               kX264 + "-crf 4 -flags +ilme+ildct -x264-params " +
                               (top_first ? "tff=1" : "bff=1"));
    encode(source, 128, 96);
    EXPECT_EQ(probe_.video.rate, (FrameRate{25, 1}));
    shell("ffmpeg -nostdin -v error -y -i '" + folder_.path("whole.mp4") +
          "' -vf 'select=eq(n\\,5)' -frames:v 1 -pix_fmt yuv420p -f rawvideo '" + folder_.path("raw") + "'");
    const std::string planes = read_file(folder_.path("raw"));
    const auto luma = [&](int x, int y) {
      return int{static_cast<std::uint8_t>(planes[static_cast<std::size_t>(y * 128 + x)])};
    };
    int comb = 0;
    for (int y = 60; y < 88; ++y)
      for (int x = 0; x < 128; ++x)
        comb = std::max(comb, std::abs(luma(x, y) - (luma(x, y - 1) + luma(x, y + 1)) / 2));
    EXPECT_LE(comb, 24) << top_first;  // 219 as it came
    for (int y = 2; y < 44; ++y) EXPECT_NEAR(luma(120, y), y / 4 % 2 ? 60 : 120, 12) << y;
  }
}

TEST_F(InputTest, EightKInBoundedMemory) {
  encode(
      clip("8k.mp4", std::string("-f lavfi -i testsrc2=s=7680x4320:r=25 -frames:v 3") + kX264 + "-threads 1"),
      640, 360, 1024);
  EXPECT_EQ(probe_.video.width, 7680);
  EXPECT_GE(likeness(folder_.path("8k.mp4"), "scale=640:360:flags=bicubic", 2, ""), 30);
}

TEST_F(InputTest, DamagedHeaders) {
  clip("late.mp4",
       std::string("-f lavfi -i testsrc2=s=96x160:r=25:d=1 -f lavfi -i sine=440:d=1") + kX264 + "-c:a aac");
  const std::string late = read_file(folder_.path("late.mp4"));
  const auto changed = [&](std::size_t at, const char* by) {
    std::string out = late;
    return out.replace(at, 4, by);
  };
  // Without a list of keyframes every picture counts as one.
  encode(file("no-stss.mp4", changed(late.find("stss"), "free")), 96, 160);
  EXPECT_GE(likeness(folder_.path("late.mp4"), "null"), 30);
  // The sound's kind is unknown: the pictures live.
  encode(file("no-sound-stsd.mp4", changed(late.find("stsd", late.find("soun")), "free")), 96, 160);
  EXPECT_FALSE(probe_.audio);
  EXPECT_EQ(probe_reason(file("no-stsd.mp4", changed(late.find("stsd"), "free"))), "MEDIA_UNSUPPORTED");
  clip("early.mp4", std::string("-f lavfi -i testsrc2=s=96x160:r=25:d=1 ") + kX264 + "-movflags +faststart");
  std::string over = read_file(folder_.path("early.mp4"));
  const std::size_t mdat = over.rfind("mdat") - 4;
  put_number(over, mdat, number_at(over, mdat) + 1'000'000);
  encode(file("over-long.mp4", over), 96, 160);
  EXPECT_EQ(probe_.video.frames, 25);
}

// The same kinds as phones and other people's tools wrote them: each is looked at and made, whole.
TEST_F(InputTest, SharedClips) {
  if (!shared_clip("lp_sample.mp4")) GTEST_SKIP() << "the shared clips are not here";
  struct Case {
    const char* name;
    int width, height;
    const char* filter;  // what ffmpeg makes of it; "" where it has another idea of the colours
  };
  const char* const kScaled = "scale=180:320:out_range=tv";
  for (const Case& c : std::initializer_list<Case>{
           {"sample_edit_list.mp4", 180, 320, ""},
           {"hdr10-video-with-sdr-container.mp4", 320, 180, ""},
           {"sample_missing_stsd.mp4", 270, 180, ""},
           {"sample_mdat_too_long.mp4", 270, 180, "scale=270:180"},
           {"sample_shorter_audio.mp4", 270, 180, ""},
           {"sample_12_5fps_720p_1s.mp4", 320, 180, "scale=320:180"},
           {"sar_2x1.mp4", 640, 180, "scale=in_color_matrix=bt601:out_color_matrix=bt709,scale=640:180"},
           {"bbb-180rotated.mov", 320, 180, ""},
           {"portrait_4k60.mp4", 180, 320, kScaled},
           {"video-h265.mp4", 320, 180, ""}}) {
    const std::string source = *shared_clip(c.name);
    const ProbeEvent probe = probe_clip(source);
    EXPECT_GT(probe.video.frames, 0) << c.name;
    EncodeJob job{probe.video.rate, probe.video.frames, {{"a", c.width, c.height, 12, 50'000, 75'000}}, 0, 1};
    const Outcome out = run_program("encode", source, folder_.root(), to_json(job));
    ASSERT_TRUE(out.result) << c.name << " " << out.result.error().message;
    join(folder_.root(), "a", 0, 1, folder_.path("whole.mp4"));
    if (*c.filter) {
      EXPECT_GE(likeness(source, c.filter, 3, ""), 26) << c.name;
    }
    const Outcome sound = run_program("audio", source, folder_.root(),
                                      to_json(AudioJob{probe.video.rate, probe.video.frames, 96}));
    EXPECT_TRUE(sound.result) << c.name;
  }
}

}  // namespace
}  // namespace cliffhanger::media::testing
