// SPDX-License-Identifier: GPL-3.0-or-later
// Sound without a picture, or of a video whose picture does not count: the commands `probe` and `audio` with soundAlone.
#include <gtest/gtest.h>

#include <fstream>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

class DubTest : public ::testing::Test {
 protected:
  Outcome probe(const std::string& file) {
    ProbeJob job;
    job.sound_alone = true;
    return run_program("probe", file, folder_.root(), to_json(job));
  }
  std::string reason(const std::string& file) {
    const Outcome out = probe(file);
    return out.result ? "ACCEPTED" : out.result.error().reason;
  }
  Outcome encode(const std::string& file, std::int64_t frames) {
    AudioJob job{{25, 1}, frames, 96, {}, true};
    return run_program("audio", file, folder_.root(), to_json(job));
  }
  // Mean volume of a stretch of what encode() made.
  double volume(std::int64_t segments, double from, double length) {
    join(folder_.root(), "audio", 0, segments, folder_.path("whole.mp4"));
    return std::stod(shell("ffmpeg -nostdin -v info -ss " + std::to_string(from) + " -t " + std::to_string(length) + " -i '" +
                           folder_.path("whole.mp4") + "' -af volumedetect -f null - 2>&1 | grep -o 'mean_volume: .*' | grep -oE '[-0-9.]+'"));
  }
  TempFolder folder_;
};

constexpr const char* kTone = "-f lavfi -i sine=440:r=44100:d=5 -ac 2 ";

TEST_F(DubTest, FilesOfSoundAreTakenWithTheirLength) {
  const std::pair<const char*, const char*> kinds[] = {
      {"a.m4a", "-c:a aac"},       {"a.mp3", "-c:a libmp3lame"}, {"a.wav", "-c:a pcm_s16le"}, {"a.flac", "-c:a flac"},
      {"a.opus", "-c:a libopus"},  {"a.ogg", "-c:a libvorbis"},  {"a.aac", "-c:a aac"},       {"a.mka", "-c:a libopus"},
      {"a.webm", "-c:a libopus"},
  };
  for (const auto& [name, codec] : kinds) {
    make_clip(folder_.path(name), std::string(kTone) + codec);
    const Outcome out = probe(folder_.path(name));
    ASSERT_TRUE(out.result) << name << " " << out.result.error().message;
    ASSERT_TRUE(out.sound) << name;
    EXPECT_NEAR(static_cast<double>(out.sound->audio.duration_ms), 5000, 80) << name;
    EXPECT_EQ(probe_reason(folder_.path(name)) == "ACCEPTED", false) << name << ": no video";
    const Outcome made = encode(folder_.path(name), 125);
    ASSERT_TRUE(made.result) << name << " " << made.result.error().message;
    ASSERT_EQ(made.segments.size(), 3U) << name;
    EXPECT_GT(volume(3, 0.05, 0.3), -25) << name << ": it starts at once";
    EXPECT_GT(volume(3, 4.5, 0.4), -25) << name;
  }
}

TEST_F(DubTest, OfAVideoOnlyTheSoundCountsFromItsFirstPictureOn) {
  make_clip(folder_.path("a.mp4"),
            "-f lavfi -i testsrc2=s=64x64:r=25:d=5 -itsoffset 1 -f lavfi -i sine=440:d=4 -c:v libx264 -c:a aac");
  ASSERT_TRUE(probe(folder_.path("a.mp4")).result);
  const Outcome made = encode(folder_.path("a.mp4"), 125);
  ASSERT_TRUE(made.result);
  EXPECT_LT(volume(3, 0, 0.9), -60);
  EXPECT_GT(volume(3, 1.2, 1), -25);
  // A picture that nobody could decode does no harm.
  make_clip(folder_.path("b.mkv"), "-f lavfi -i testsrc2=s=64x64:r=25:d=2 -f lavfi -i sine=440:d=2 -c:v ffv1 -c:a aac");
  EXPECT_EQ(reason(folder_.path("b.mkv")), "ACCEPTED");
}

TEST_F(DubTest, ShortSoundIsPaddedAndLongSoundIsCut) {
  make_clip(folder_.path("a.wav"), kTone);
  ASSERT_EQ(encode(folder_.path("a.wav"), 200).segments.size(), 3U);
  EXPECT_LT(volume(3, 5.2, 2), -80);
  ASSERT_EQ(encode(folder_.path("a.wav"), 50).segments.size(), 1U);
}

TEST_F(DubTest, ACoverIsNoPicture) {
  make_clip(folder_.path("cover.jpg"), "-f lavfi -i testsrc2=s=600x600 -frames:v 1");
  make_clip(folder_.path("plain.mp3"), std::string(kTone) + "-c:a libmp3lame");
  make_clip(folder_.path("a.mp3"), "-i " + folder_.path("plain.mp3") + " -i " + folder_.path("cover.jpg") +
                                       " -map 0 -map 1 -c copy -id3v2_version 3 -disposition:v attached_pic");
  ASSERT_EQ(reason(folder_.path("a.mp3")), "ACCEPTED");
  EXPECT_TRUE(encode(folder_.path("a.mp3"), 125).result);
  // One that is larger than what is read to find out what the file is.
  std::string tag("ID3\x03\0\0\0\0\0\0", 10);
  const std::size_t size = 700'000;
  for (int i = 0; i < 4; ++i) tag[6 + i] = static_cast<char>(size >> (21 - 7 * i) & 0x7F);
  std::ofstream(folder_.path("b.mp3"), std::ios::binary) << tag << std::string(size, '\0') << read_file(folder_.path("plain.mp3"));
  EXPECT_EQ(reason(folder_.path("b.mp3")), "ACCEPTED");
}

TEST_F(DubTest, WhatIsNoSoundIsRefusedWithAReason) {
  make_clip(folder_.path("mute.mp4"), "-f lavfi -i testsrc2=s=64x64:r=25:d=2 -c:v libx264");
  EXPECT_EQ(reason(folder_.path("mute.mp4")), "MEDIA_NO_SOUND");
  make_clip(folder_.path("a.mka"), std::string(kTone) + "-c:a wmav2");
  EXPECT_EQ(reason(folder_.path("a.mka")), "MEDIA_UNSUPPORTED");
  make_clip(folder_.path("a.aiff"), kTone);
  EXPECT_EQ(reason(folder_.path("a.aiff")), "MEDIA_UNSUPPORTED");
  std::ofstream(folder_.path("text.mp3")) << "Once upon a time.\n";
  EXPECT_EQ(reason(folder_.path("text.mp3")), "MEDIA_NOT_VIDEO");
  std::ofstream(folder_.path("empty.mp3")) << "";
  EXPECT_EQ(reason(folder_.path("empty.mp3")), "MEDIA_EMPTY");
  std::ofstream(folder_.path("list.m3u8")) << "#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
  EXPECT_EQ(reason(folder_.path("list.m3u8")), "MEDIA_NOT_VIDEO");
  make_clip(folder_.path("whole.m4a"), std::string(kTone) + "-c:a aac -movflags +faststart");
  const std::string bytes = read_file(folder_.path("whole.m4a"));
  std::ofstream(folder_.path("cut.m4a"), std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  EXPECT_EQ(reason(folder_.path("cut.m4a")), "MEDIA_TRUNCATED");
}

// Frames of a flac file with their bytes spoilt: nothing of it can be heard.
TEST_F(DubTest, SoundThatCannotBeDecodedIsNoSilentDub) {
  make_clip(folder_.path("a.m4a"), std::string(kTone) + "-c:a alac -movflags +faststart");
  std::string bytes = read_file(folder_.path("a.m4a"));
  const std::size_t data = bytes.find("mdat") + 4;
  for (std::size_t i = data; i < bytes.size(); ++i) bytes[i] = '\xFF';
  std::ofstream(folder_.path("a.m4a"), std::ios::binary) << bytes;
  EXPECT_EQ(reason(folder_.path("a.m4a")), "MEDIA_DAMAGED");
  const Outcome made = encode(folder_.path("a.m4a"), 125);
  ASSERT_FALSE(made.result);
  EXPECT_EQ(made.result.error().reason, "MEDIA_DAMAGED");
}

}  // namespace
}  // namespace cliffhanger::media::testing
