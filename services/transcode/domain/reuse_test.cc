#include "services/transcode/domain/reuse.h"

#include <gtest/gtest.h>

#include <sstream>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

struct Film {
  explicit Film(std::int64_t frames, media::FrameRate rate = {30, 1}, int width = 360, int height = 640)
      : plan(*make_plan(fixture::probe(width, height, rate, frames))), assembly(fixture::all_pieces(plan)) {}
  Stretch part(std::int64_t from_ms, std::int64_t to_ms, const std::string& folder = "") const {
    return {&plan, &assembly, folder, from_ms, to_ms};
  }
  Plan plan;
  Assembly assembly;
};

std::string reason(const Result<Joined>& result) {
  return result ? "" : result.error().reason;
}

double total(const std::string& playlist) {
  std::istringstream lines(playlist);
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#EXTINF:")) sum += std::stod(line.substr(8));
  }
  return sum;
}

// Segments are [0,2) [2,4) [4,8) [8,12) …; 6 s lies in the middle of one.
TEST(Reuse, ATrimTakesPartsOfSegments) {
  const Film film(30 * 20);
  const auto made = join_track({film.part(5600, 9400)}, "v360", "../");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->text, R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="../v360/init.mp4"
#EXTINF:2.000000,
#EXT-X-BYTERANGE:240000@240000
../v360/2.m4s
#EXTINF:2.000000,
#EXT-X-BYTERANGE:240000@0
../v360/3.m4s
#EXT-X-ENDLIST
)");
  EXPECT_DOUBLE_EQ(made->seconds, 4);
}

TEST(Reuse, JoinsAreDiscontinuitiesWithTheirOwnInitialisation) {
  const Film one(30 * 8), two(25 * 8, {25, 1});
  const auto made = join_track(
      {one.part(0, 4000, "a/"), two.part(4000, 8000, "b/"), one.part(6000, 7000, "a/")}, "v360", "");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->text, R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="a/v360/init.mp4"
#EXTINF:2.000000,
a/v360/0.m4s
#EXTINF:2.000000,
a/v360/1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="b/v360/init.mp4"
#EXTINF:4.000000,
b/v360/2.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="a/v360/init.mp4"
#EXTINF:2.000000,
#EXT-X-BYTERANGE:240000@240000
a/v360/2.m4s
#EXT-X-ENDLIST
)");
}

// Wherever it is cut, at whatever rate: at least one group, each end within half a group of what was asked
// for, and the sound as long as the picture within an AAC frame (and half of one more where the sound's end
// is padded).
TEST(Reuse, PictureAndSoundAreCutAtTheSamePlaces) {
  for (const media::FrameRate rate : {media::FrameRate{30, 1}, {24000, 1001}, {25, 2}, {60, 1}}) {
    const Film film(static_cast<std::int64_t>(rate.value() * 63.3), rate);
    const double group = grid_of(film.plan).seconds(grid_of(film.plan).gop_frames());
    for (std::int64_t from = 0; from < 63'000; from += 700) {
      for (const std::int64_t length : {1, 900, 2000, 7700, 90'000}) {
        const auto part = film.part(from, from + length);
        const auto picture = join_track({part}, "v360", ""), sound = join_track({part}, kAudio, "");
        ASSERT_TRUE(picture && sound) << from << "+" << length;
        EXPECT_NEAR(picture->seconds, sound->seconds, 1.5 * 1024.0 / 48000 + 1e-6) << from << "+" << length;
        EXPECT_NEAR(total(picture->text), picture->seconds, 1e-4);
        const double wanted = std::min(grid_of(film.plan).duration() - static_cast<double>(from) / 1000,
                                       static_cast<double>(length) / 1000);
        EXPECT_LE(std::abs(picture->seconds - wanted), group + 1e-6) << from << "+" << length;
        EXPECT_GT(picture->seconds, 0);
        for (const Timed& one : picture->parts) EXPECT_GT(one.bytes, 0);
      }
    }
  }
}

TEST(Reuse, TheWholeIsTheWhole) {
  const Film film(30 * 61);
  const auto made = join_track({film.part(0, 61'000)}, "v360", "");
  EXPECT_EQ(made->text.find("BYTERANGE"), std::string::npos);
  EXPECT_DOUBLE_EQ(made->seconds, 61);
  EXPECT_EQ(static_cast<std::int64_t>(made->parts.size()), grid_of(film.plan).segments());
}

TEST(Reuse, WhatCantBeIsRefused) {
  const Film film(30 * 20);
  EXPECT_EQ(reason(join_track({}, "v360", "")), "REUSE_NOTHING");
  EXPECT_EQ(reason(join_track(std::vector<Stretch>(201, film.part(0, 1000)), "v360", "")), "REUSE_NOTHING");
  EXPECT_EQ(reason(join_track({film.part(3000, 3000)}, "v360", "")), "REUSE_RANGE");
  EXPECT_EQ(reason(join_track({film.part(-1, 3000)}, "v360", "")), "REUSE_RANGE");
  EXPECT_EQ(reason(join_track({film.part(20'000, 21'000)}, "v360", "")), "REUSE_RANGE");
  EXPECT_EQ(reason(join_track({film.part(0, 1000)}, "v1080", "")), "REUSE_TRACK");
  // Sound of before it could be cut.
  auto pieces = fixture::all_pieces(film.plan);
  for (Piece& piece : pieces) {
    if (piece.name.track == kAudio) piece.gops.clear();
  }
  const Assembly old(pieces);
  EXPECT_EQ(reason(join_track({{&film.plan, &old, "", 6000, 8000}}, kAudio, "")), "REUSE_TOO_OLD");
  EXPECT_EQ(reason(join_track({{&film.plan, &old, "", 4000, 8000}}, kAudio, "")), "");
}

TEST(Reuse, KeysStandAtTheJoins) {
  const Film film(30 * 20);
  const std::string iv(32, '1'), id(32, '2');
  const Assembly secret(fixture::all_pieces(film.plan), {Encryption::kSampleAes, id, iv});
  const Assembly whole(fixture::all_pieces(film.plan), {Encryption::kAes128, id, iv});
  const Stretch clear = film.part(0, 2000, "b/");
  const auto made = join_track({{&film.plan, &secret, "a/", 2000, 6000}, clear, clear}, "v360", "../");
  ASSERT_TRUE(made);
  EXPECT_NE(made->text.find("#EXT-X-MAP:URI=\"../a/v360/init.mp4\"\n"
                            "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"../key\",IV=0x" +
                            iv),
            std::string::npos)
      << made->text;
  const std::string none = "#EXT-X-MAP:URI=\"../b/v360/init.mp4\"\n#EXT-X-KEY:METHOD=NONE\n";
  const auto at = made->text.find(none);
  ASSERT_NE(at, std::string::npos) << made->text;
  EXPECT_EQ(made->text.find("METHOD=NONE", at + none.size()), std::string::npos);
  EXPECT_EQ(reason(join_track({{&film.plan, &whole, "", 5600, 8000}}, "v360", "")), "REUSE_ENCRYPTED");
  EXPECT_EQ(reason(join_track({{&film.plan, &whole, "", 4000, 8000}}, "v360", "")), "");
}

// What was cut out, as an object of its own, stands for what it was cut out of.
TEST(Reuse, WhatWasCutOutCanTakeItsPlace) {
  const Film film(30 * 20);
  for (const std::string_view track : {std::string_view("v360"), kAudio}) {
    const Stretch stretch = film.part(5600, 14'400);
    std::vector<Piece> pieces = {*film.assembly.find(track, kInit)};
    const auto parts = parts_of(stretch, track);
    for (const Part& part : *parts) pieces.push_back(trimmed(part));
    const Assembly cut(pieces);
    Stretch of_its_own = stretch;
    of_its_own.assembly = &cut;
    const auto one = join_track({stretch}, track, ""), other = join_track({of_its_own}, track, "");
    ASSERT_TRUE(one && other);
    EXPECT_EQ(other->text.find("BYTERANGE"), std::string::npos);
    EXPECT_DOUBLE_EQ(one->seconds, other->seconds);
    ASSERT_EQ(one->parts.size(), other->parts.size());
    for (std::size_t i = 0; i < one->parts.size(); ++i) EXPECT_EQ(one->parts[i].bytes, other->parts[i].bytes);
    EXPECT_EQ(cut.find(track, 2)->gops.front().offset, 0);
  }
}

TEST(Reuse, RealTimesAreThoseOfTheNearestGroups) {
  const Film film(30 * 20), odd(24 * 20, {24000, 1001});
  const auto at = [](const Film& of, std::int64_t from, std::int64_t to) {
    const Extent made = extent(of.plan, from, to).value();
    // They are the same when asked for again.
    const Extent again = extent(of.plan, made.from_ms, made.to_ms).value();
    EXPECT_EQ(std::pair(made.from_frame, made.to_frame), std::pair(again.from_frame, again.to_frame));
    return std::pair(made.from_ms, made.to_ms);
  };
  EXPECT_EQ(at(film, 0, 1), std::pair(0L, 2000L));
  EXPECT_EQ(at(film, 5100, 8900), std::pair(6000L, 8000L));
  EXPECT_EQ(at(film, 19'900, 3'600'000), std::pair(18'000L, 20'000L));
  EXPECT_EQ(at(odd, 2100, 7000), std::pair(2002L, 6006L));
}

TEST(Reuse, EveryRevisionHasAPreview) {
  for (const std::int64_t frames : {1, 45, 90, 600}) {
    const Film film(frames, {30, 1}, 1080, 1920);
    const auto made = finished(film.plan, film.assembly, variants(film.plan, film.assembly));
    const auto found = std::find_if(made.playlists.begin(), made.playlists.end(),
                                    [](const Playlist& one) { return one.name == kPreview; });
    ASSERT_NE(found, made.playlists.end());
    EXPECT_NE(found->text.find("\nv360/0.m4s\n"), std::string::npos);
    EXPECT_NEAR(total(found->text), std::min(4.0, static_cast<double>(frames) / 30), 1e-5);
  }
}

}  // namespace
}  // namespace cliffhanger::transcode
