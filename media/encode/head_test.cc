// SPDX-License-Identifier: GPL-3.0-or-later
// The first segments of a file whose rest is still being uploaded: the same bytes as those of the whole, or
// none.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

// With B-frames, sound beside the picture, and more than the quarter of a megabyte by which containers are
// told.
constexpr const char* kTwelveSeconds =
    "-f lavfi -i testsrc2=s=360x640:r=30:d=12 -f lavfi -i sine=440:d=12 -c:v libx264 -preset ultrafast -crf "
    "16 -g 60 "
    "-bf 2 -pix_fmt yuv420p -c:a aac -shortest";

using Hashes = std::map<std::pair<std::string, std::int64_t>, std::string>;
Hashes hashes(const Outcome& out) {
  Hashes all;
  for (const SegmentEvent& s : out.segments) all[{s.rung, s.index}] = s.sha256;
  for (const InitEvent& i : out.inits) all[{i.rung, -1}] = i.sha256;
  return all;
}

class HeadTest : public ::testing::Test {
 protected:
  std::string clip(const std::string& name, const std::string& more = "") {
    make_clip(folder_.path(name), std::string(kTwelveSeconds) + " " + more);
    return folder_.path(name);
  }
  // The first bytes of a file, as a file.
  std::string first(const std::string& file, std::size_t bytes) {
    const std::string out = file + ".head";
    std::ofstream(out, std::ios::binary) << read_file(file).substr(0, bytes);
    return out;
  }
  static std::int64_t size(const std::string& file) {
    return static_cast<std::int64_t>(std::filesystem::file_size(file));
  }
  std::size_t share(const std::string& file, double part) {
    return static_cast<std::size_t>(static_cast<double>(size(file)) * part);
  }
  Outcome encode(const std::string& source, const ProbeEvent& facts, std::int64_t whole_bytes) {
    const EncodeJob job{facts.video.rate,
                        facts.video.frames,
                        {{"a", 270, 480, 24, 900, 1350}, {"b", 180, 320, 26, 300, 450}},
                        0,
                        2,
                        whole_bytes};
    return run_program("encode", source, folder_.root(), to_json(job));
  }
  Outcome probe(const std::string& head, std::int64_t whole_bytes) {
    ProbeJob job;
    job.whole_bytes = whole_bytes;
    return run_program("probe", head, folder_.root(), to_json(job));
  }
  void expect_head_as_of_whole(const std::string& file, double part) {
    const std::string head = first(file, share(file, part));
    const ProbeEvent all = probe_clip(file);
    const Outcome found = probe(head, size(file));
    ASSERT_TRUE(found.result) << file << " " << found.result.error().reason << " "
                              << found.result.error().message;
    EXPECT_EQ(found.probe->video.rate, all.video.rate) << file;
    EXPECT_EQ(found.probe->video.width, all.video.width) << file;
    EXPECT_EQ(found.probe->video.height, all.video.height) << file;
    EXPECT_NEAR(static_cast<double>(found.probe->video.frames), static_cast<double>(all.video.frames), 3)
        << file;
    // Also where the guess of the length is wrong.
    const Outcome early = encode(head, *found.probe, size(file)), late = encode(file, all, 0);
    ASSERT_TRUE(early.result) << file << " " << early.result.error().reason;
    ASSERT_TRUE(late.result) << file << " " << late.result.error().reason;
    EXPECT_EQ(hashes(early).size(), 6u) << file;
    EXPECT_EQ(hashes(early), hashes(late)) << file;
  }
  TempFolder folder_;
};

TEST_F(HeadTest, IsThatOfTheWhole) {
  expect_head_as_of_whole(clip("a.mp4", "-movflags +faststart"), 0.6);
  expect_head_as_of_whole(clip("a.mov", "-movflags +faststart"), 0.6);
  expect_head_as_of_whole(clip("a.mkv"), 0.6);
}

// With an index of its fragments in front, as packagers write it.
TEST_F(HeadTest, IsThatOfTheWholeInFragments) {
  expect_head_as_of_whole(
      clip("f.mp4", "-movflags +frag_keyframe+empty_moov+default_base_moof+dash+global_sidx+skip_trailer"),
      0.6);
}

TEST_F(HeadTest, OfAPhone) {
  const auto shared = shared_clip("lp_sample.mp4");
  if (!shared) GTEST_SKIP() << "the shared clips are not here";
  const std::string file = folder_.path("phone.mp4");
  shell("ffmpeg -nostdin -v error -y -i " + *shared + " -c copy -movflags +faststart " + file);
  expect_head_as_of_whole(file, 0.6);
}

// What lies behind the beginning can't matter: here it is nothing but noise.
TEST_F(HeadTest, OwesNothingToTheRest) {
  const std::string file = clip("a.mp4", "-movflags +faststart");
  const std::size_t bytes = share(file, 0.6);
  const ProbeEvent all = probe_clip(file);
  const Hashes early = hashes(encode(first(file, bytes), all, size(file)));
  std::string spoilt = read_file(file);
  for (std::size_t i = bytes; i < spoilt.size(); ++i) spoilt[i] = static_cast<char>(i * 2654435761U >> 13);
  const std::string other = folder_.path("spoilt.mp4");
  std::ofstream(other, std::ios::binary) << spoilt;
  EXPECT_EQ(hashes(encode(other, all, 0)), early);
}

TEST_F(HeadTest, WhereTheEndIsNeededThereIsNone) {
  for (const auto& [name, more] : std::initializer_list<std::pair<const char*, const char*>>{
           {"late.mp4", ""},
           {"a.ts", ""},
           {"bare.mp4", "-movflags +frag_keyframe+empty_moov+default_base_moof"}}) {
    const std::string file = clip(name, more);
    const Outcome found = probe(first(file, share(file, 0.6)), size(file));
    ASSERT_FALSE(found.result) << name;
    EXPECT_EQ(found.result.error().reason, "MEDIA_HEAD_INCOMPLETE") << name;
    EXPECT_FALSE(is_refusal(found.result.error()));
  }
}

// A beginning that ends within the second segment gives the first one, and says why there is no other.
TEST_F(HeadTest, AsFarAsItGoes) {
  const std::string file = clip("a.mp4", "-movflags +faststart");
  const ProbeEvent all = probe_clip(file);
  const Hashes whole = hashes(encode(file, all, 0));
  const Outcome out = encode(first(file, share(file, 3.2 / 12)), all, size(file));
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().reason, "MEDIA_HEAD_INCOMPLETE");
  for (const auto& [key, hash] : hashes(out)) {
    EXPECT_LT(key.second, 1) << key.first;
    EXPECT_EQ(whole.at(key), hash);
  }
  // Too short for the picture's first second, and for its container.
  EXPECT_EQ(probe(first(file, share(file, 1.0 / 12)), size(file)).result.error().reason,
            "MEDIA_HEAD_INCOMPLETE");
  EXPECT_EQ(probe(first(file, 4000), size(file)).result.error().reason, "MEDIA_HEAD_INCOMPLETE");
}

TEST_F(HeadTest, TheWholeIsNotShorter) {
  const std::string file = clip("a.mp4", "-movflags +faststart");
  EXPECT_EQ(probe(file, 1000).result.error().reason, "MEDIA_JOB_INVALID");
  EXPECT_TRUE(probe(file, size(file)).result);  // the last byte came meanwhile
}

}  // namespace
}  // namespace cliffhanger::media::testing
