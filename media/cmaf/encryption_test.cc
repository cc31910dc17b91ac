// SPDX-License-Identifier: GPL-3.0-or-later
// That what libs/cenc makes of our segments is what a player decrypts: FFmpeg's own reader gets the key and
// must show the same pictures and the same sound as of the clear ones.
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "libs/cenc/cenc.h"
#include "libs/core/encoding.h"
#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

const cenc::Key kKey = {
    {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf},
    {9, 9, 9, 9, 9, 9, 9, 9, 8, 8, 8, 8, 8, 8, 8, 8}};

std::string hex(const cenc::Block& block) {
  return hex_encode({reinterpret_cast<const char*>(block.data()), block.size()});
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().reason + ": " + result.error().message);
  return std::move(*result);
}

// A rung (or the sound) of one short clip: its clear parts and the same encrypted.
class Encryption : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder();
    const std::string source = folder_->path("source.mp4");
    make_clip(source,
              "-f lavfi -i testsrc2=s=360x640:r=24:d=9 -f lavfi -i sine=d=9:r=48000 -shortest "
              "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac");
    const ProbeEvent probe = probe_clip(source);
    EncodeJob video{probe.video.rate, probe.video.frames, {{"v", 360, 640, 24, 900, 1350}}, 0, 4};
    video.rungs.push_back({"h", 360, 640, 26, 600, 900, VideoCodec::kHevc});
    video.segment_count = Grid::make(video.rate, video.frames).value().segments();
    must(run_program("encode", source, folder_->root(), to_json(video)).result);
    AudioJob audio;
    audio.rate = video.rate, audio.frames = video.frames, audio.bitrate_kbps = 96;
    must(run_program("audio", source, folder_->root(), to_json(audio)).result);
    segments_ = video.segment_count;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& rung, std::int64_t index) {
    return read_file(
        folder_->path(index < 0 ? rung + "-init.mp4" : rung + "-" + std::to_string(index) + ".m4s"));
  }
  // FFmpeg's hash of every decoded frame of a file, read through a pipe: from a file it can seek in, 5.1
  // mixes up the fragments' encryption records.
  static std::string frames(const std::string& name, const std::string& options) {
    return shell("cat '" + folder_->path(name) + "' | ffmpeg -v error " + options + " -i - -f framemd5 -");
  }
  static void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_->path(name), std::ios::binary) << bytes;
  }

  static void expect_decrypts(const std::string& rung) {
    const cenc::Track track = must(cenc::Track::open(file(rung, -1)));
    std::string clear = file(rung, -1), secret = must(track.init(kKey));
    for (std::int64_t i = 0; i < segments_; ++i) {
      clear += file(rung, i);
      const cenc::Encrypted made = must(track.segment(file(rung, i), kKey));
      EXPECT_EQ(made.bytes, must(track.segment(file(rung, i), kKey)).bytes);
      EXPECT_NE(made.bytes.find("moof"), std::string::npos);
      secret += made.bytes;
    }
    write("clear.mp4", clear), write("secret.mp4", secret);
    const std::string wanted = frames("clear.mp4", "");
    EXPECT_GT(wanted.size(), 2000u);
    EXPECT_TRUE(frames("secret.mp4", "-decryption_key " + hex(kKey.key)) == wanted) << rung;
    EXPECT_NE(shell("cat '" + folder_->path("secret.mp4") + "' | ffmpeg -v quiet -i - -f framemd5 - || true"),
              wanted)
        << "it can be watched without a key";
  }

  static TempFolder* folder_;
  static std::int64_t segments_;
};
TempFolder* Encryption::folder_ = nullptr;
std::int64_t Encryption::segments_ = 0;

TEST_F(Encryption, PicturesAreTheSameWithTheKey) {
  expect_decrypts("v");
}

TEST_F(Encryption, PicturesOfHevcAreTheSameWithTheKey) {
  expect_decrypts("h");
}

// Nothing of a picture but its header stays clear: all but a few bytes of each slice are in the pattern.
TEST_F(Encryption, OnlyHeadersOfHevcAreClear) {
  const cenc::Track track = must(cenc::Track::open(file("h", -1)));
  EXPECT_TRUE(track.video());
  EXPECT_NE(must(track.init(kKey)).find("encv"), std::string::npos);
  const cenc::Encrypted made = must(track.segment(file("h", 0), kKey));
  // senc of the first fragment: records of {parts, clear, secret}.
  const std::size_t senc = made.bytes.find("senc");
  ASSERT_NE(senc, std::string::npos);
  const auto number = [&made](std::size_t at, int bytes) {
    std::size_t value = 0;
    for (int i = 0; i < bytes; ++i)
      value = value << 8 | static_cast<unsigned char>(made.bytes[at + static_cast<std::size_t>(i)]);
    return value;
  };
  std::size_t at = senc + 12;
  for (std::size_t left = number(senc + 8, 4); left > 0; --left) {
    ASSERT_EQ(number(at, 2), 1u) << "one slice a picture";
    EXPECT_LT(number(at + 2, 2), 40u);
    EXPECT_GT(number(at + 2, 2), 4u + 2u);
    at += 2 + 6;
  }
}

TEST_F(Encryption, SoundIsTheSameWithTheKey) {
  expect_decrypts("audio");
}

TEST_F(Encryption, RangesEndWithTheFirstSample) {
  const cenc::Track track = must(cenc::Track::open(file("v", -1)));
  const cenc::Encrypted made = must(track.segment(file("v", 2), kKey));
  ASSERT_EQ(made.fragments.size(), 2u) << "4 s are two groups of pictures";
  std::string keyframes = must(track.init(kKey));
  for (const cenc::Range& range : made.fragments) {
    EXPECT_EQ(made.bytes.substr(static_cast<std::size_t>(range.offset) + 4, 4), "moof");
    keyframes +=
        made.bytes.substr(static_cast<std::size_t>(range.offset), static_cast<std::size_t>(range.bytes));
  }
  EXPECT_LT(made.fragments[0].offset + made.fragments[0].bytes, made.fragments[1].offset);
}

// Every prefix and many a changed byte of a segment: an error or some bytes, never more.
void expect_damage_is_seen(const std::string& clear, const std::string& init) {
  const cenc::Track track = must(cenc::Track::open(init));
  for (std::size_t size = 0; size < clear.size(); size += size < 2000 ? 1 : 997)
    EXPECT_FALSE(track.segment(std::string_view(clear).substr(0, size), kKey)) << size;
  for (std::size_t size = 0; size < init.size(); ++size)
    EXPECT_FALSE(cenc::Track::open(std::string_view(init).substr(0, size))) << size;
  for (std::size_t at = 0; at < 3000; ++at) {
    std::string changed = clear;
    changed[at] = static_cast<char>(~changed[at]);
    (void)track.segment(changed, kKey);
    std::string other = init;
    other[at % init.size()] = static_cast<char>(~other[at % init.size()]);
    if (const auto opened = cenc::Track::open(other)) (void)opened->segment(clear, kKey);
  }
}

TEST_F(Encryption, DamageIsAnErrorAndNothingElse) {
  for (const char* rung : {"v", "h"}) expect_damage_is_seen(file(rung, 0), file(rung, -1));
}

// RFC 8216, 4.3.2.4: openssl, told the same, gets the file back.
TEST_F(Encryption, WholeFiles) {
  write("whole.enc", cenc::encrypt_file(file("v", 0), kKey.key, kKey.iv));
  shell("openssl enc -d -aes-128-cbc -K " + hex(kKey.key) + " -iv " + hex(kKey.iv) + " -in '" +
        folder_->path("whole.enc") + "' -out '" + folder_->path("whole.dec") + "'");
  EXPECT_EQ(read_file(folder_->path("whole.dec")), file("v", 0));
}

}  // namespace
}  // namespace cliffhanger::media::testing
