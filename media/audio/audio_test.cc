// SPDX-License-Identifier: GPL-3.0-or-later
// The program's command `audio`, as services see it: through libs/media.
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <fstream>
#include <numbers>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

class AudioTest : public ::testing::Test {
 protected:
  // Makes a clip, encodes its sound and joins it into "whole.mp4".
  void encode(const std::string& arguments, const char* name = "a.mp4") {
    make_clip(folder_.path(name), arguments);
    encode_file(folder_.path(name));
  }
  void encode_file(const std::string& source) {
    probe_ = probe_clip(source);
    encode_sound(source);
  }
  void encode_sound(const std::string& source) {
    out_ = run_program("audio", source, folder_.root(),
                       to_json(AudioJob{probe_.video.rate, probe_.video.frames, 96}));
    ASSERT_TRUE(out_.result) << out_.result.error().message;
    const Grid grid = Grid::make(probe_.video.rate, probe_.video.frames).value();
    ASSERT_EQ(static_cast<std::int64_t>(out_.segments.size()), grid.segments());
    join(folder_.root(), "audio", 0, grid.segments(), folder_.path("whole.mp4"));
    seconds_ = grid.duration();
  }
  std::int64_t frames() const {
    std::int64_t sum = 0;
    for (const SegmentEvent& s : out_.segments) sum += s.frames;
    return sum;
  }
  // Integrated loudness and true peak by ffmpeg's own meter.
  double measured(const char* what) {
    const std::string said = shell("ffmpeg -nostdin -v info -i '" + folder_.path("whole.mp4") +
                                   "' -af ebur128=peak=true -f null - 2>&1 | grep -E '^ +" + what +
                                   ":' | tail -1 | grep -oE '[-0-9.]+ '");
    return std::stod(said);
  }
  // How loud a stretch is, in dB of mean volume.
  double volume(double from, double length) {
    return std::stod(
        shell("ffmpeg -nostdin -v info -ss " + std::to_string(from) + " -t " + std::to_string(length) +
              " -i '" + folder_.path("whole.mp4") +
              "' -af volumedetect -f null - 2>&1 | grep -o 'mean_volume: .*' | grep -oE '[-0-9.]+'"));
  }
  void expect_length_of_video() {
    const double sound = static_cast<double>((frames() - 1) * 1024) / 48000;
    EXPECT_GE(sound, seconds_ - 1e-4);
    EXPECT_LT(sound - seconds_, 1024.0 / 48000);
  }
  TempFolder folder_;
  ProbeEvent probe_;
  Outcome out_;
  double seconds_ = 0;
};

constexpr const char* kPicture = "-f lavfi -i testsrc2=s=64x64:r=24000/1001:d=9 ";

TEST_F(AudioTest, HasTheVideosLengthAndOneLoudness) {
  encode(std::string(kPicture) +
         "-f lavfi -i \"aevalsrc='0.02*sin(2*PI*300*t)*(1.2+sin(2*PI*2*t))':s=44100:d=9\" -c:v libx264 -c:a "
         "aac");
  expect_length_of_video();
  ASSERT_TRUE(out_.loudness);
  EXPECT_GT(out_.loudness->gain_db, 5);
  EXPECT_NEAR(measured("I"), -16, 0.5);
  EXPECT_LT(measured("Peak"), -0.9);
  EXPECT_EQ(shell("ffprobe -v error -count_packets -show_entries "
                  "stream=nb_read_packets,profile,sample_rate,channels -of csv=p=0 '" +
                  folder_.path("whole.mp4") + "'"),
            "LC,48000,2," + std::to_string(frames()) + "\n");
}

TEST_F(AudioTest, LoudSoundIsTurnedDown) {
  encode(std::string(kPicture) +
         "-f lavfi -i \"aevalsrc='0.9*sin(2*PI*300*t)':s=48000:d=9\" -c:v libx264 -c:a aac");
  EXPECT_LT(out_.loudness->gain_db, -5);
  EXPECT_NEAR(measured("I"), -16, 0.5);
}

TEST_F(AudioTest, DecodingTimesAreContinuous) {
  encode(std::string(kPicture) + "-f lavfi -i sine=440:d=9 -c:v libx264 -c:a aac");
  std::int64_t next = 0;
  for (const SegmentEvent& s : out_.segments) {
    EXPECT_EQ(s.start_frame, next);
    next += s.frames;
  }
  EXPECT_EQ(shell("ffmpeg -nostdin -v error -i '" + folder_.path("whole.mp4") + "' -f null -"), "");
}

// How a tone of 500 Hz goes on, cycle by cycle: its strength and its place in the cycle, as far as they are off what
// they are for most of it. A click, a gap or a doubled frame at a join shows in both.
struct Steadiness {
  double strength = 0;  // largest change, as a part of the usual strength
  double phase = 0;     // largest change, in radians
};
Steadiness steadiness(const std::string& file) {
  shell("ffmpeg -nostdin -v error -y -i '" + file + "' -ac 1 -ar 48000 -f f32le '" + file + ".raw'");
  const std::string bytes = read_file(file + ".raw");
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
  constexpr std::size_t kCycle = 96, kEdge = 9600;  // the beginning and the end are no joins
  std::vector<std::complex<double>> cycles;
  for (std::size_t at = kEdge; at + kCycle + kEdge <= samples.size(); at += kCycle) {
    std::complex<double> sum = 0;
    for (std::size_t i = 0; i < kCycle; ++i)
      sum += double{samples[at + i]} * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i) / kCycle);
    cycles.push_back(sum);
  }
  std::vector<double> strengths;
  for (const auto& one : cycles) strengths.push_back(std::abs(one));
  std::nth_element(strengths.begin(), strengths.begin() + static_cast<std::ptrdiff_t>(strengths.size() / 2),
                   strengths.end());
  const double usual = strengths.at(strengths.size() / 2);
  Steadiness out;
  for (std::size_t i = 1; i < cycles.size(); ++i) {
    out.strength = std::max(out.strength, std::abs(std::abs(cycles[i]) / usual - 1));
    out.phase = std::max(out.phase, std::abs(std::arg(cycles[i] / cycles[0])));
  }
  return out;
}

TEST_F(AudioTest, NothingClicksWhereSegmentsMeet) {
  encode(std::string(kPicture) + "-f lavfi -i sine=500:d=9:r=48000 -c:v libx264 -c:a pcm_s16le", "a.mov");
  const Steadiness whole = steadiness(folder_.path("whole.mp4"));
  EXPECT_LT(whole.strength, 0.05);
  EXPECT_LT(whole.phase, 0.05);
  // It would be seen: a segment is missing, so others meet that don't belong together.
  std::ofstream(folder_.path("torn.mp4"), std::ios::binary)
      << read_file(folder_.path("audio-init.mp4")) << read_file(folder_.path(out_.segments.at(0).file))
      << read_file(folder_.path(out_.segments.at(2).file));
  const Steadiness torn = steadiness(folder_.path("torn.mp4"));
  EXPECT_GT(std::max(torn.strength, torn.phase), 0.3);
}

// Any run of parts is media of its own behind the initialisation segment.
TEST_F(AudioTest, CanBeCutWhereThePictureCan) {
  encode(std::string(kPicture) + "-f lavfi -i sine=440:d=9 -c:v libx264 -c:a aac");
  const SegmentEvent& segment = out_.segments.at(2);
  ASSERT_EQ(segment.gops.size(), 2U);
  std::int64_t end = 0, next = segment.start_frame;
  for (const GopRange& part : segment.gops) {
    EXPECT_EQ(part.offset, end);
    EXPECT_EQ(part.start_frame, next);
    EXPECT_LE(part.bytes, part.size);
    end += part.size;
    next += part.frames;
  }
  EXPECT_EQ(end, segment.bytes);
  EXPECT_EQ(next, segment.start_frame + segment.frames);
  const std::string bytes = read_file(folder_.path(segment.file));
  const GopRange& second = segment.gops[1];
  std::ofstream(folder_.path("part.mp4"), std::ios::binary)
      << read_file(folder_.path("audio-init.mp4"))
      << bytes.substr(static_cast<std::size_t>(second.offset), static_cast<std::size_t>(second.size));
  EXPECT_EQ(shell("ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 '" +
                  folder_.path("part.mp4") + "'"),
            std::to_string(second.frames) + "\n");
}

TEST_F(AudioTest, NoSoundBecomesSilence) {
  encode(std::string(kPicture) + "-c:v libx264");
  expect_length_of_video();
  ASSERT_TRUE(out_.loudness);
  EXPECT_FALSE(out_.loudness->input_lufs);
  EXPECT_TRUE(out_.warnings.empty());
  EXPECT_LT(volume(0, 9), -80);
}

TEST_F(AudioTest, ShortSoundIsPaddedAndLongSoundCut) {
  encode(std::string(kPicture) + "-f lavfi -i sine=440:d=3 -c:v libx264 -c:a aac");
  expect_length_of_video();
  EXPECT_GT(volume(0.5, 2), -30);
  EXPECT_LT(volume(4, 4), -80);
  encode(std::string(kPicture) + "-f lavfi -i sine=440:d=30 -c:v libx264 -c:a aac", "b.mp4");
  expect_length_of_video();
}

TEST_F(AudioTest, SoundStartsWhereTheSourceSays) {
  // A second of silence by timestamp, not by samples.
  encode(std::string(kPicture) + "-itsoffset 1 -f lavfi -i sine=440:d=8 -c:v libx264 -c:a aac");
  EXPECT_LT(volume(0, 0.9), -60);
  EXPECT_GT(volume(1.1, 2), -30);
}

TEST_F(AudioTest, UndecodableSoundIsSilenceWithAWarning) {
  const auto clip = shared_clip("sample_missing_stsd.mp4");
  if (!clip) GTEST_SKIP() << "the shared clips are not here";
  encode_file(*clip);
  ASSERT_EQ(out_.warnings.size(), 1U);
  EXPECT_EQ(out_.warnings[0].reason, "AUDIO_UNDECODABLE");
  expect_length_of_video();
}

// The container promises Vorbis at 44.1 kHz, but the decoder refuses its headers.
TEST_F(AudioTest, SoundWhoseDecoderDoesNotOpenIsSilenceWithAWarning) {
  make_clip(folder_.path("good.mkv"),
            std::string(kPicture) + "-f lavfi -i sine=440:d=9 -c:v libx264 -c:a libvorbis");
  std::string bytes = read_file(folder_.path("good.mkv"));
  const std::size_t at = bytes.find("\x05vorbis");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 6] = 'X';
  std::ofstream(folder_.path("bad.mkv"), std::ios::binary) << bytes;
  encode_file(folder_.path("bad.mkv"));
  ASSERT_EQ(out_.warnings.size(), 1U);
  EXPECT_EQ(out_.warnings[0].reason, "AUDIO_UNDECODABLE");
  expect_length_of_video();
  EXPECT_LT(volume(0, 9), -80);
}

// The track that looks best has a decoder that does not open: the other one is heard.
TEST_F(AudioTest, AnotherTrackIsTriedBeforeSilence) {
  make_clip(folder_.path("good.mkv"),
            std::string(kPicture) +
                "-f lavfi -i sine=440:d=9:r=48000 -f lavfi -i sine=440:d=9:r=8000 -map 0 -map 1 -map 2 -c:v libx264 "
                "-c:a:0 libvorbis -b:a:0 160k -c:a:1 aac -b:a:1 24k -disposition:a:0 default");
  std::string bytes = read_file(folder_.path("good.mkv"));
  const std::size_t at = bytes.find("\x05vorbis");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 6] = 'X';
  std::ofstream(folder_.path("bad.mkv"), std::ios::binary) << bytes;
  encode_file(folder_.path("bad.mkv"));
  ASSERT_TRUE(probe_.audio);
  EXPECT_EQ(probe_.audio->codec, "aac");
  EXPECT_TRUE(out_.warnings.empty());
  EXPECT_GT(volume(1, 6), -30);
}

// The decoder opens, but what it gives is no sound: 500 samples a second.
TEST_F(AudioTest, SoundThatCannotBeResampledIsSilenceWithAWarning) {
  encode(std::string(kPicture) + "-f lavfi -i sine=50:d=9:r=500 -c:v libx264 -c:a pcm_s16le", "a.mkv");
  ASSERT_EQ(out_.warnings.size(), 1U);
  EXPECT_EQ(out_.warnings[0].reason, "AUDIO_UNDECODABLE");
  expect_length_of_video();
  EXPECT_LT(volume(0, 9), -80);
}

// Broken sound is forgiven; what can't be written is not.
TEST_F(AudioTest, AFullDiskIsNoBrokenSound) {
  make_clip(folder_.path("a.mp4"), std::string(kPicture) + "-f lavfi -i sine=440:d=9 -c:v libx264 -c:a aac");
  // Every write fails: the file is the device that is always full.
  if (mknod(folder_.path("audio-0.m4s").c_str(), S_IFCHR | 0600, makedev(1, 7)) != 0)
    GTEST_SKIP() << "only root can make a device";
  const Outcome out =
      run_program("audio", folder_.path("a.mp4"), folder_.root(), to_json(AudioJob{{24000, 1001}, 200, 96}));
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_OUTPUT");
}

// The first segments alone are those of the whole, loudness and all, also where the sound changes right behind them.
TEST_F(AudioTest, ItsBeginningAloneIsTheSame) {
  encode(std::string(kPicture) +
         "-f lavfi -i \"aevalsrc='if(lt(t,4.02),0.05,0.7)*sin(2*PI*(300+90*floor(t*7))*t)':s=44100:d=9\" -c:v libx264 -c:a aac");
  const std::vector<SegmentEvent> whole = out_.segments;
  for (const std::int64_t count : {1, 2, 3}) {
    AudioJob job{probe_.video.rate, probe_.video.frames, 96};
    job.segment_count = count;
    const Outcome head = run_program("audio", folder_.path("a.mp4"), folder_.root(), to_json(job));
    ASSERT_TRUE(head.result);
    ASSERT_EQ(static_cast<std::int64_t>(head.segments.size()), count);
    for (std::size_t i = 0; i < head.segments.size(); ++i) EXPECT_EQ(head.segments[i].sha256, whole[i].sha256) << count << " " << i;
  }
}

// The same input gives the same bytes.
TEST_F(AudioTest, IsDeterministic) {
  encode(std::string(kPicture) + "-f lavfi -i sine=440:d=9 -c:v libx264 -c:a aac");
  const Outcome first = out_;
  encode_file(folder_.path("a.mp4"));
  for (std::size_t i = 0; i < first.segments.size(); ++i)
    EXPECT_EQ(first.segments[i].sha256, out_.segments[i].sha256);
}

// AVI counts what it gives, and must begin anew for each pass: sound, thumbnails and pictures are those of the same streams in MOV.
TEST(Avi, IsWhatTheSameStreamsAreInMov) {
  const TempFolder folder;
  make_clip(folder.path("a.mov"),
            "-f lavfi -i testsrc2=s=64x64:r=25:d=8 -f lavfi -i \"aevalsrc='0.3*sin(2*PI*440*t)*gt(t,2)*lt(t,3)':d=8:s=48000\" "
            "-g 50 -c:v libx264 -preset ultrafast -bf 2 -c:a pcm_s16le");
  make_clip(folder.path("a.avi"), "-i '" + folder.path("a.mov") + "' -c copy");
  const auto made = [&](const std::string& clip) {
    const TempFolder into;
    std::vector<std::string> hashes;
    const std::string source = folder.path(clip);
    const Outcome sound = run_program("audio", source, into.root(), to_json(AudioJob{{25, 1}, 200, 96}));
    EXPECT_TRUE(sound.result) << clip;
    for (const SegmentEvent& one : sound.segments) hashes.push_back(one.sha256);
    const Outcome sheet = run_program("storyboard", source, into.root(), to_json(StoryboardJob{4, 2000, 64, 64, 2, 2}));
    EXPECT_TRUE(sheet.result && sheet.picture) << clip;
    hashes.push_back(sheet.picture.value_or(PictureEvent()).sha256);
    const Outcome pictures =
        run_program("encode", source, into.root(), to_json(EncodeJob{{25, 1}, 200, {{"a", 64, 64, 23, 900, 900}}, 0, 3}));
    EXPECT_TRUE(pictures.result) << clip;
    for (const SegmentEvent& one : pictures.segments) hashes.push_back(one.sha256);
    return hashes;
  };
  EXPECT_EQ(made("a.avi"), made("a.mov"));
}

}  // namespace
}  // namespace cliffhanger::media::testing
