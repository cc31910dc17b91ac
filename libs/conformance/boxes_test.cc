// Boxes that are cut off, flipped and made up: never a crash, always bounded.
#include <gtest/gtest.h>

#include <random>

#include "libs/conformance/check.h"
#include "libs/conformance/fragment.h"
#include "libs/conformance/test_made.h"

namespace cliffhanger::conformance {
namespace {

using made::Made;
using made::Writer;

Result<std::vector<Fragment>> scan(const std::string& bytes, const Init& init) {
  const ReadAt read = [&](std::int64_t offset, std::int64_t length) -> Result<std::string> {
    return bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  };
  Budget budget{kMaxTotalSamples};
  return scan_fragments(read, {0, static_cast<std::int64_t>(bytes.size()), 0}, init, budget);
}

std::string full(std::uint32_t flags) {
  return Writer().u32(flags).out;
}

// A moof with one run, and its mdat.
std::string fragment_of(const std::string& tfhd, const std::string& trun, const std::string& mdat) {
  const std::string traf = Writer().box("tfhd", tfhd).box("tfdt", full(0) + full(0)).box("trun", trun).out;
  return Writer().box("moof", Writer().box("traf", traf).out).box("mdat", mdat).out;
}

TEST(ParseInit, ReadsWhatIsThere) {
  Made made;
  made.sound.scheme = "cbcs";
  const Init video = parse_init(as_bytes(made.big.init())).value();
  ASSERT_EQ(video.tracks.size(), 1u);
  EXPECT_EQ(video.tracks[0].codecs, "avc1.64001f");
  EXPECT_EQ(video.tracks[0].width, 540);
  EXPECT_EQ(video.tracks[0].timescale, 30'000u);
  EXPECT_EQ(video.tracks[0].colour, (Colour{1, 1, 1, false}));
  EXPECT_TRUE(video.tracks[0].upright);
  const Init sound = parse_init(as_bytes(made.sound.init())).value();
  EXPECT_EQ(sound.tracks[0].codecs, "mp4a.40.2");
  EXPECT_EQ(sound.tracks[0].entry, "enca");
  EXPECT_EQ(sound.tracks[0].protection.value().scheme, "cbcs");
  EXPECT_EQ(sound.tracks[0].protection.value().skip, 9);
  EXPECT_TRUE(sound.tracks[0].protection.value().constant_iv);
  EXPECT_EQ(sound.tracks[0].edit_start, 1'024);
}

TEST(ScanFragments, ReadsWhatIsThere) {
  const Made made;
  const Init init = parse_init(as_bytes(made.big.init())).value();
  const auto found = scan(made.big.segment(2), init).value();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].decode_time, 120'000);
  EXPECT_EQ(found[1].decode_time, 180'000);
  EXPECT_EQ(found[0].samples, 60);
  EXPECT_EQ(found[0].sample_duration, 1'000);
  EXPECT_TRUE(found[0].starts_with_sync);
  ASSERT_EQ(found[0].syncs.size(), 1u);
  EXPECT_EQ(found[0].syncs[0].idr, true);
  EXPECT_EQ(found[1].offset, found[0].end);
  EXPECT_EQ(found[1].end, static_cast<std::int64_t>(made.big.segment(2).size()));
  const auto ranges = made.big.ranges(2);
  EXPECT_EQ(found[1].offset, static_cast<std::int64_t>(ranges[1].offset));
  EXPECT_EQ(found[1].syncs[0].offset + found[1].syncs[0].bytes,
            static_cast<std::int64_t>(ranges[1].offset + ranges[1].length));
}

TEST(ScanFragments, RefusesEveryPrefix) {
  const Made made;
  const std::string init = made.big.init(), segment = made.big.segment(2);
  for (std::size_t size = 0; size < init.size(); ++size)
    EXPECT_FALSE(parse_init(as_bytes(std::string_view(init).substr(0, size))).has_value()) << size;
  const Init whole = parse_init(as_bytes(init)).value();
  const auto end_of_first = static_cast<std::size_t>(scan(segment, whole).value()[0].end);
  for (std::size_t size = 0; size < segment.size(); ++size) {
    if (size == end_of_first) continue;  // a whole fragment
    EXPECT_FALSE(scan(segment.substr(0, size), whole).has_value()) << size;
  }
}

TEST(ScanFragments, LivesThroughFlippedBits) {
  Made made;
  made.big.segments = {{4}, {4, 4}};
  made.big.scheme = "cbcs";
  std::mt19937 random(7);
  const Init whole = parse_init(as_bytes(made.big.init())).value();
  int read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string init = made.big.init(), segment = made.big.segment(1);
    for (std::uint32_t i = 0; i < 1 + random() % 4; ++i) {
      std::string& target = random() % 2 ? init : segment;
      // Lengths and counts are in the first kilobyte.
      target[random() % std::min<std::size_t>(target.size(), 1'000)] ^= static_cast<char>(1 << random() % 8);
    }
    const auto parsed = parse_init(as_bytes(init));
    read += scan(segment, parsed ? *parsed : whole).has_value();
  }
  EXPECT_GT(read, 0);
  EXPECT_LT(read, 20'000);
}

TEST(Check, LivesThroughFlippedBytesAnywhere) {
  const made::Files good = Made().files();
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    made::Files files = good;
    for (int i = 0; i < 20; ++i) {
      auto it = files.begin();
      std::advance(it, static_cast<std::ptrdiff_t>(random() % files.size()));
      it->second[random() % std::min<std::size_t>(it->second.size(), 2'000)] = static_cast<char>(random());
    }
    made::MadeSource source(files);
    const auto report = check(source, "main.m3u8");
    if (report) EXPECT_FALSE(to_text(*report).empty() || to_json(*report).empty());
  }
}

TEST(ScanFragments, BoundsWhatItIsTold) {
  const Init init = parse_init(as_bytes(Made().big.init())).value();
  const std::string head = full(0x020000) + full(1);
  // A run of four thousand million samples without a byte for any.
  EXPECT_FALSE(scan(fragment_of(head, full(0) + full(0xffffffff), ""), init).has_value());
  // Samples that end outside their mdat, and before the file.
  const std::string outside = full(0x201) + full(1) + full(0) + full(1'000);
  EXPECT_FALSE(scan(fragment_of(head, outside, "abc"), init).has_value());
  const std::string before = full(0x201) + full(1) + full(0x80000000) + full(3);
  EXPECT_FALSE(scan(fragment_of(head, before, "abc"), init).has_value());
  // A track that isn't there, a size of 64 bits that wraps, nothing but empty boxes.
  EXPECT_FALSE(scan(fragment_of(full(0x020000) + full(9), full(0) + full(0), ""), init).has_value());
  EXPECT_FALSE(scan(Writer().u32(1).text("moof").u64(~0ull).out, init).has_value());
  std::string free;
  for (std::size_t i = 0; i <= kMaxBoxes; ++i) free += Writer().box("free", "").out;
  EXPECT_FALSE(scan(free, init).has_value());
}

TEST(BoxesIn, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(boxes_in({}).value().empty());
  for (const std::string& bad : {std::string("\0\0\0\x07"
                                             "abcd",
                                             8),
                                 std::string("\0\0\0\x09"
                                             "abcd",
                                             8),
                                 std::string("abc"), Writer().u32(1).text("abcd").u64(8).out})
    EXPECT_FALSE(boxes_in(as_bytes(bad)).has_value());
  const std::string rest("\0\0\0\0abcdxy", 10);
  EXPECT_EQ(boxes_in(as_bytes(rest)).value().at(0).body.size(), 2u);
}

}  // namespace
}  // namespace cliffhanger::conformance
