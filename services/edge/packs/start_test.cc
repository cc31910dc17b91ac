#include "services/edge/packs/start.h"

#include <gtest/gtest.h>

namespace cliffhanger::edge {
namespace {

constexpr char kMain[] = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Original",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE="en",CHANNELS="2",URI="audio/audio.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Spanish",AUTOSELECT=YES,LANGUAGE="es-419",CHANNELS="2",URI="dubs/es-419/audio.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="other",NAME="French",AUTOSELECT=YES,LANGUAGE="fr",CHANNELS="2",URI="fr/audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="hvc1.1.6.L93.90,mp4a.40.2",RESOLUTION=540x960,FRAME-RATE=30.000,AUDIO="audio"
h540/video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1700000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=540x960,FRAME-RATE=30.000,AUDIO="audio"
v540/video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=360x640,FRAME-RATE=30.000,AUDIO="audio"
v360/video.m3u8
)";

constexpr char kMedia[] = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.000,
0.m4s
#EXTINF:2.000,
1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="1/init.mp4"
#EXTINF:4.000,
2.m4s
#EXTINF:1.500,
3.m4s
#EXT-X-ENDLIST
)";

std::string steps(double from, std::size_t most) {
  const auto read = read_steps("v540/video.m3u8", kMedia, from, most);
  if (!read) return read.error().reason;
  std::string out;
  for (const auto& step : *read) out += step.init + "+" + step.segment + " ";
  return out;
}

TEST(ReadMain, TakesTheVariantsThatEveryPlayerPlays) {
  const auto main = read_main(kMain);
  ASSERT_TRUE(main) << main.error().message;
  ASSERT_EQ(main->variants.size(), 2u);
  EXPECT_EQ(main->variants[0].playlist, "v540/video.m3u8");
  EXPECT_EQ(main->variants[0].width, 540);
  EXPECT_EQ(main->variants[0].height, 960);
  EXPECT_EQ(main->variants[0].bandwidth, 1'700'000);
  EXPECT_EQ(main->variants[1].audio, "audio");
  std::string only = kMain;
  for (auto at = only.find("avc1"); at != only.npos; at = only.find("avc1")) only.replace(at, 4, "hvc1");
  EXPECT_EQ(read_main(only)->variants.size(), 3u) << "better than none";
}

TEST(SoundFor, TheLanguageThenTheDefault) {
  const auto main = *read_main(kMain);
  const auto of = [&](std::string_view language) {
    const auto* sound = sound_for(main, main.variants[0], language);
    return sound ? sound->playlist : "none";
  };
  EXPECT_EQ(of(""), "audio/audio.m3u8");
  EXPECT_EQ(of("ES-419"), "dubs/es-419/audio.m3u8");
  EXPECT_EQ(of("es-MX"), "dubs/es-419/audio.m3u8");
  EXPECT_EQ(of("fr"), "audio/audio.m3u8") << "of another group";
  EXPECT_EQ(sound_for(main, {"v", "", 0, 0, 0}, "en"), nullptr);
}

TEST(ReadSteps, FromWhereTheViewerGoesOn) {
  EXPECT_EQ(steps(0, 2), "v540/init.mp4+v540/0.m4s v540/init.mp4+v540/1.m4s ");
  EXPECT_EQ(steps(1.999, 1), "v540/init.mp4+v540/0.m4s ");
  EXPECT_EQ(steps(2, 2), "v540/init.mp4+v540/1.m4s v540/1/init.mp4+v540/2.m4s ");
  EXPECT_EQ(steps(9.4, 2), "v540/1/init.mp4+v540/3.m4s ");
  EXPECT_EQ(steps(600, 2), "v540/1/init.mp4+v540/3.m4s ") << "beyond the end";
}

TEST(ReadSteps, WhatIsOutsideIsRefused) {
  const std::string head = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n";
  const auto reason = [&](const std::string& rest) {
    return read_steps("v/video.m3u8", head + rest, 0, 2).error().reason;
  };
  for (const std::string uri : {"../0.m4s", "/0.m4s", "http://elsewhere/0.m4s", "0.m4s?x", ""})
    EXPECT_FALSE(
        read_steps("v/video.m3u8", head + "#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2,\n" + uri + "\n", 0, 2))
        << uri;
  EXPECT_EQ(reason("#EXT-X-MAP:URI=\"../init.mp4\"\n#EXTINF:2,\n0.m4s\n"), "BAD_PLAYLIST");
  EXPECT_EQ(reason("#EXTINF:2,\n0.m4s\n"), "BAD_PLAYLIST") << "no init segment";
  EXPECT_EQ(reason("#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2,\n#EXT-X-BYTERANGE:10@0\n0.m4s\n"),
            "BAD_PLAYLIST");
  EXPECT_EQ(reason("#EXT-X-MAP:URI=\"init.mp4\"\n"), "BAD_PLAYLIST");
  EXPECT_FALSE(read_steps("v/video.m3u8", "nothing", 0, 2));
  EXPECT_FALSE(read_main(kMedia));
  EXPECT_FALSE(read_main(head));
}

}  // namespace
}  // namespace cliffhanger::edge
