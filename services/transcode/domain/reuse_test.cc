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

TEST(Reuse, AProgrammeHasItsPlaylistsFiguresAndObjects) {
  const Film one(30 * 20, {30, 1}, 1080, 1920), two(30 * 20, {30, 1}, 540, 960);
  const auto made = join("recap", {one.part(0, 6000, "one/"), two.part(4000, 8000, "two/")});
  ASSERT_TRUE(made);
  std::map<std::string, std::string> texts;
  for (const Playlist& playlist : made->playlists) texts[playlist.name] = playlist.text;
  // What both have: 540, 360 and 180, the default first.
  EXPECT_EQ(texts.size(), 5U);
  const std::string& main = texts.at("recap.m3u8");
  EXPECT_LT(main.find("recap/v540.m3u8"), main.find("recap/v360.m3u8"));
  EXPECT_EQ(main.find("v1080"), std::string::npos);
  EXPECT_NE(main.find("RESOLUTION=540x960,FRAME-RATE=30.000,AUDIO=\"audio\""), std::string::npos) << main;
  EXPECT_NE(main.find("CODECS=\"avc1.64001f,mp4a.40.2\""), std::string::npos) << main;
  EXPECT_NEAR(total(texts.at("recap/v540.m3u8")), 10, 1e-6);
  EXPECT_NEAR(total(texts.at("recap/audio.m3u8")), 10, 2 * 1024.0 / 48000);
  // Every name that a playlist leads to is an object, and no other is.
  std::set<std::string> objects, named;
  for (const Media& media : made->media) {
    objects.insert(media.name);
    EXPECT_FALSE(media.object_key.empty());
  }
  for (const auto& [name, text] : texts) {
    if (name == "recap.m3u8") continue;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto at = line.find("../");
      if (at != std::string::npos) named.insert(line.substr(at + 3, line.find('"', at) - at - 3));
    }
  }
  EXPECT_EQ(objects, named);
  // The declared rate is that of the parts that are taken: pictures of 4000 bytes.
  const auto bandwidth = std::stoll(main.substr(main.find("BANDWIDTH=") + 10));
  EXPECT_NEAR(static_cast<double>(bandwidth), 4000 * 8 * 30 + 95'000, 3000);
}

TEST(Reuse, WhatCantBeIsRefused) {
  const Film film(30 * 20), large(30 * 20, {30, 1}, 2160, 2160);
  EXPECT_EQ(reason(join_track({}, "v360", "")), "REUSE_NOTHING");
  EXPECT_EQ(reason(join_track(std::vector<Stretch>(201, film.part(0, 1000)), "v360", "")), "REUSE_NOTHING");
  EXPECT_EQ(reason(join_track({film.part(3000, 3000)}, "v360", "")), "REUSE_RANGE");
  EXPECT_EQ(reason(join_track({film.part(-1, 3000)}, "v360", "")), "REUSE_RANGE");
  EXPECT_EQ(reason(join_track({film.part(20'000, 21'000)}, "v360", "")), "REUSE_RANGE");
  EXPECT_EQ(reason(join_track({film.part(0, 1000)}, "v1080", "")), "REUSE_TRACK");
  EXPECT_EQ(join("x", {film.part(0, 1000), large.part(0, 1000)}).error().reason, "REUSE_NOTHING_COMMON");
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
                            "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"../a/key\",IV=0x" +
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
