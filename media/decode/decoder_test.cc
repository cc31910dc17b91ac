// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/decoder.h"

#include <fcntl.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/adler32.h>
#include <libavutil/imgutils.h>
}

#include <fstream>
#include <random>

#include "libs/media/process.h"
#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

using Shown = std::pair<std::int64_t, std::uint32_t>;  // when, and a checksum of the picture

Shown shown(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(av_image_get_buffer_size(format, frame.width, frame.height, 1)));
  av_image_copy_to_buffer(bytes.data(), static_cast<int>(bytes.size()), frame.data, frame.linesize, format,
                          frame.width, frame.height, 1);
  return {frame.best_effort_timestamp, av_adler32_update(1, bytes.data(), bytes.size())};
}

struct Decoded {
  std::vector<Shown> pictures;
  bool damaged = false;
};

// From the start, and again from two seconds in.
Decoded decode(const std::string& path, int threads) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Source source = Source::open(file.get()).value();
  source.only(source.video());
  const std::int64_t zero = source.first_pts().value();
  Decoder decoder = Decoder::open(source, threads).value();
  Decoded out;
  for (const std::int64_t at : {std::int64_t{AV_NOPTS_VALUE}, zero + av_rescale_q(2, {1, 1}, source.video()->time_base)}) {
    EXPECT_TRUE(decoder.seek(at));
    while (const Frame frame = decoder.next().value()) out.pictures.push_back(shown(*frame));
    out.pictures.emplace_back();
  }
  out.damaged = decoder.damaged();
  return out;
}

struct Kind {
  const char* name;
  const char* codec;
};
constexpr Kind kKinds[] = {
    {"a.mp4", "-c:v libx264 -preset ultrafast -bf 3 -g 50"},
    {"b.mp4", "-c:v libx264 -preset ultrafast -bf 2 -g 50 -x264-params open-gop=1:slices=3"},
    {"c.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=50:bframes=3"},
    {"d.mp4", "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none:keyint=50:open-gop=1:wpp=0"},
    {"e.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=50:slices=2"},
};
const std::string kPicture = "-f lavfi -i testsrc2=s=192x320:r=25:d=4 ";

TEST(Decoder, ManyThreadsGiveWhatOneGives) {
  av_log_set_level(AV_LOG_QUIET);
  const TempFolder folder;
  for (const Kind& kind : kKinds) {
    make_clip(folder.path(kind.name), kPicture + kind.codec);
    const Decoded alone = decode(folder.path(kind.name), 1);
    EXPECT_GT(alone.pictures.size(), 100u) << kind.name;
    EXPECT_FALSE(alone.damaged) << kind.name;
    for (const int threads : {2, 4}) EXPECT_EQ(decode(folder.path(kind.name), threads).pictures, alone.pictures) << kind.name;
  }
}

// Bytes that are wrong and packets of which half is missing: what is patched up must not depend on who was first.
TEST(Decoder, ManyThreadsGiveWhatOneGivesOfDamage) {
  av_log_set_level(AV_LOG_QUIET);
  const TempFolder folder;
  int damaged = 0;
  for (const Kind& kind : kKinds) {
    make_clip(folder.path(kind.name), kPicture + kind.codec + (std::string(kind.name).ends_with("mp4") ? " -movflags +faststart" : ""));
    const std::string good = read_file(folder.path(kind.name));
    for (unsigned round = 0; round < 8; ++round) {
      std::minstd_rand random(round + 1);
      std::string bad = good;
      for (unsigned i = 0; i <= round * round; ++i)
        bad[good.size() / 5 + random() % (good.size() * 4 / 5)] = static_cast<char>(random());
      const std::string hole = folder.path(std::string("bad-") + kind.name);
      std::ofstream(hole, std::ios::binary) << bad;
      const Decoded alone = decode(hole, 1);
      if (alone.pictures != decode(hole, 1).pictures) continue;  // not even one gives the same twice
      const Decoded both = decode(hole, 2);
      const auto differs = std::mismatch(alone.pictures.begin(), alone.pictures.end(), both.pictures.begin(), both.pictures.end());
      EXPECT_TRUE(both.pictures == alone.pictures)
          << kind.name << " " << round << " from picture " << differs.first - alone.pictures.begin();
      EXPECT_EQ(both.damaged, alone.damaged) << kind.name << " " << round;
      ++damaged;
    }
  }
  EXPECT_GT(damaged, 20);
}

}  // namespace
}  // namespace cliffhanger::media::testing
