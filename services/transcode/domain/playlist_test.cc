#include "services/transcode/domain/playlist.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

std::map<std::string, std::string> by_name(const Presentation& presentation) {
  std::map<std::string, std::string> out;
  for (const auto& playlist : presentation.playlists) out[playlist.name] = playlist.text;
  return out;
}

class PlaylistTest : public testing::Test {
 protected:
  // 9 s: segments of 2, 2, 4 and 1 s; two rungs.
  Plan plan_ = *make_plan(fixture::probe(360, 640, {30, 1}, 270));
  std::vector<Piece> pieces_ = fixture::all_pieces(plan_);
};

constexpr const char* kMain = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Original",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio/audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1054000,AVERAGE-BANDWIDTH=1054000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=360x640,FRAME-RATE=30.000,AUDIO="audio"
v360/video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1054000,AVERAGE-BANDWIDTH=1054000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=180x320,FRAME-RATE=30.000,AUDIO="audio"
v180/video.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=40000,AVERAGE-BANDWIDTH=22223,CODECS="avc1.64001f",RESOLUTION=360x640,URI="v360/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=40000,AVERAGE-BANDWIDTH=22223,CODECS="avc1.64001f",RESOLUTION=180x320,URI="v180/iframes.m3u8"
)";

constexpr const char* kVideo = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.000000,
0.m4s
#EXTINF:2.000000,
1.m4s
#EXTINF:4.000000,
2.m4s
#EXTINF:1.000000,
3.m4s
#EXT-X-ENDLIST
)";

constexpr const char* kIFrames = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-I-FRAMES-ONLY
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.000000,
#EXT-X-BYTERANGE:5000@0
0.m4s
#EXTINF:2.000000,
#EXT-X-BYTERANGE:5000@0
1.m4s
#EXTINF:2.000000,
#EXT-X-BYTERANGE:5000@0
2.m4s
#EXTINF:2.000000,
#EXT-X-BYTERANGE:5000@240000
2.m4s
#EXTINF:1.000000,
#EXT-X-BYTERANGE:5000@0
3.m4s
#EXT-X-ENDLIST
)";

constexpr const char* kProvisionalMain = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=0,PRECISE=YES
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Original",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio/provisional.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1420200,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=360x640,FRAME-RATE=30.000,AUDIO="audio"
v360/provisional.m3u8
)";

constexpr const char* kProvisionalVideo = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=0,PRECISE=YES
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.000000,
0.m4s
#EXTINF:2.000000,
1.m4s
)";

TEST_F(PlaylistTest, Finished) {
  const Assembly assembly(pieces_);
  const auto made = finished(plan_, assembly, variants(plan_, assembly));
  auto texts = by_name(made);
  EXPECT_EQ(texts["v360/video.m3u8"], kVideo);
  EXPECT_EQ(texts["v360/iframes.m3u8"], kIFrames);
  EXPECT_EQ(texts.count("provisional.m3u8"), 1U);
  EXPECT_EQ(texts.count("audio/audio.m3u8"), 1U);
  // init and four segments of two rungs and the sound, a sheet of thumbnails
  EXPECT_EQ(made.media.size(), 16U);
  EXPECT_EQ(made.media.front().name, "v360/init.mp4");
}

TEST_F(PlaylistTest, MainDeclaresWhatItIsGiven) {
  const Assembly assembly(pieces_);
  const std::vector<Variant> declared = {{"v360", {1054000, 1054000}, {40000, 22223}},
                                         {"v180", {1054000, 1054000}, {40000, 22223}}};
  EXPECT_EQ(by_name(finished(plan_, assembly, declared))["main.m3u8"], kMain);
}

TEST_F(PlaylistTest, VariantsAreMeasuredWithTheSound) {
  const auto measured = variants(plan_, Assembly(pieces_));
  ASSERT_EQ(measured.size(), 2U);
  EXPECT_EQ(measured[0].rung, "v360");
  const std::int64_t picture = 4000 * 8 * 30;
  EXPECT_GT(measured[0].bitrate.average, picture + 90'000);
  EXPECT_LT(measured[0].bitrate.peak, picture + 97'000);
  EXPECT_EQ(measured[0].iframes.peak, 5000 * 8);  // the last one stands for one second
}

TEST_F(PlaylistTest, ProvisionalNeedsAFirstSegmentAndItsSound) {
  const auto without = [&](const std::string& track, std::int64_t from) {
    std::vector<Piece> some;
    for (const Piece& piece : pieces_) {
      if (piece.name.track != track || piece.name.index < from) some.push_back(piece);
    }
    return provisional(plan_, Assembly(some));
  };
  EXPECT_FALSE(without("audio", 0));
  EXPECT_FALSE(without("v360", 0));
  EXPECT_FALSE(without("v360", kInit));
  EXPECT_TRUE(without("v360", 1));
  // Pictures whose sound is still to come are not shown.
  const auto texts = by_name(*without("audio", 1));
  EXPECT_NE(texts.at("v360/provisional.m3u8").find("0.m4s"), std::string::npos);
  EXPECT_EQ(texts.at("v360/provisional.m3u8").find("1.m4s"), std::string::npos);
  EXPECT_EQ(texts.at("v360/provisional.m3u8").find("ENDLIST"), std::string::npos);
  EXPECT_TRUE(without("v180", kInit));
  EXPECT_FALSE(provisional(plan_, Assembly({})));
}

TEST_F(PlaylistTest, ProvisionalIsAnEventThatGrows) {
  std::vector<Piece> some;
  for (const Piece& piece : pieces_) {
    if (piece.name.track == "audio" || (piece.name.track == "v360" && piece.name.index < 2))
      some.push_back(piece);
  }
  const auto texts = by_name(*provisional(plan_, Assembly(some)));
  EXPECT_EQ(texts.size(), 3U);
  EXPECT_EQ(texts.at("provisional.m3u8"), kProvisionalMain);
  EXPECT_EQ(texts.at("v360/provisional.m3u8"), kProvisionalVideo);
  EXPECT_EQ(texts.at("audio/provisional.m3u8").find("2.m4s"), std::string::npos);

  // A hole is no part of it; what was said stays; the end comes with the last segment.
  some.push_back(fixture::piece(plan_, {"v360", 3}));
  EXPECT_EQ(by_name(*provisional(plan_, Assembly(some))).at("v360/provisional.m3u8"), kProvisionalVideo);
  some.push_back(fixture::piece(plan_, {"v360", 2}));
  const std::string whole = by_name(*provisional(plan_, Assembly(some))).at("v360/provisional.m3u8");
  EXPECT_TRUE(whole.starts_with(kProvisionalVideo));
  EXPECT_TRUE(whole.ends_with("3.m4s\n#EXT-X-ENDLIST\n"));
}

// What the playlists say adds up, at an awkward rate.
TEST(Playlist, DurationsAddUp) {
  const Plan plan = *make_plan(fixture::probe(1080, 1920, {24000, 1001}, 43157));  // half an hour
  const Assembly assembly(fixture::all_pieces(plan));
  const auto texts = by_name(finished(plan, assembly, variants(plan, assembly)));
  const auto total = [&](const std::string& name) {
    std::istringstream lines(texts.at(name));
    double sum = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#EXTINF:")) sum += std::stod(line.substr(8));
    }
    return sum;
  };
  const double duration = grid_of(plan).duration(), frame = 1001.0 / 24000, sound = 1024.0 / 48000;
  EXPECT_NEAR(total("v540/video.m3u8"), duration, frame);
  EXPECT_NEAR(total("v540/iframes.m3u8"), duration, frame);
  EXPECT_NEAR(total("audio/audio.m3u8"), duration, sound);
  EXPECT_LT(texts.at("main.m3u8").find("v540/video.m3u8"), texts.at("main.m3u8").find("v1080/video.m3u8"));
}

TEST(Measure, PeakIsOverWindowsOfTheTarget) {
  EXPECT_EQ(measure({{1000, 2}, {1000, 2}, {1000, 4}}, 4).peak, 4000);
  EXPECT_EQ(measure({{1000, 2}, {1000, 2}, {1000, 4}}, 4).average, 3000);
  // A short last segment counts only together with its neighbour.
  EXPECT_EQ(measure({{1000, 4}, {1000, 0.5}}, 4).peak, 3556);
  EXPECT_EQ(measure({{100, 0.5}}, 4).peak, 1600);
  EXPECT_EQ(measure({}, 4).peak, 0);
}

}  // namespace
}  // namespace cliffhanger::transcode
