#include "services/transcode/domain/captions_playlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cliffhanger::transcode {
namespace {

using testing::HasSubstr;

const NameOf kName = [](std::string_view text) { return std::to_string(text.size()); };

media::Grid grid_of_seconds(std::int64_t seconds) {
  return media::Grid::make({24000, 1001}, seconds * 24).value();
}

CaptionsTrack english(std::vector<captions::Cue> cues) {
  return {"en", "English", CaptionsKind::kSubtitles, std::move(cues)};
}

TEST(CaptionFiles, CoverTheWholeEpisodeOnTheGrid) {
  const media::Grid grid = grid_of_seconds(95);
  const auto files = caption_files(grid, english({{1000, 2000, "a", "", 0}}), kName);
  ASSERT_EQ(files.size(), 5U);
  const std::string& list = files.back().text;
  EXPECT_EQ(files.back().name, "captions/en/captions.m3u8");
  EXPECT_TRUE(
      list.starts_with("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:28\n#EXT-X-PLAYLIST-TYPE:VOD\n"))
      << list;
  EXPECT_TRUE(list.ends_with("#EXT-X-ENDLIST\n"));
  double sum = 0;
  for (std::size_t at = list.find("#EXTINF:"); at != std::string::npos; at = list.find("#EXTINF:", at + 1))
    sum += std::stod(list.substr(at + 8));
  EXPECT_NEAR(sum, grid.duration(), 0.0001);
  for (std::size_t i = 0; i + 1 < files.size(); ++i)
    EXPECT_THAT(list, HasSubstr("\n" + files[i].name.substr(12) + "\n"));
}

TEST(CaptionFiles, ACueOverABoundaryIsInBothSegmentsWithTheSameTimes) {
  const media::Grid grid =
      media::Grid::make({30, 1}, 30 * 60).value();  // 2, 2, and 4 s: the first ends at 28
  const auto files =
      caption_files(grid, english({{27'000, 29'000, "over", "", 0}, {59'000, 65'000, "last", "", 0}}), kName);
  ASSERT_EQ(files.size(), 4U);
  EXPECT_THAT(
      files[0].text,
      HasSubstr("X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:00:27.000 --> 00:00:29.000\nover\n"));
  EXPECT_THAT(files[1].text, HasSubstr("\n00:00:27.000 --> 00:00:29.000\nover\n"));
  EXPECT_THAT(files[2].text,
              HasSubstr("\n00:00:59.000 --> 00:01:00.000\nlast\n"));  // cut at the end of the episode
}

TEST(CaptionFiles, AnotherTextIsAnotherName) {
  const media::Grid grid = grid_of_seconds(10);
  const auto one = caption_files(grid, english({{1000, 2000, "a", "", 0}}), kName);
  const auto two = caption_files(grid, english({{1000, 2000, "ab", "", 0}}), kName);
  EXPECT_NE(one[0].name, two[0].name);
}

const char kMain[] =
    "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",URI=\"audio/audio.m3u8\"\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"audio\"\nv540/"
    "video.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO=\"audio\"\nv360/video.m3u8\n"
    "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=3,URI=\"v540/iframes.m3u8\"\n";

TEST(WithSubtitles, NamesEveryLanguageForEveryVariant) {
  const CaptionsTrack spanish{"es", "Español", CaptionsKind::kCaptions, {}};
  const std::string out = with_subtitles(kMain, {english({}), spanish});
  EXPECT_EQ(out,
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",URI=\"audio/audio.m3u8\"\n"
            "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"English\",LANGUAGE=\"en\",AUTOSELECT=YES,"
            "DEFAULT=NO,FORCED=NO,"
            "URI=\"captions/en/captions.m3u8\"\n"
            "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"Español\",LANGUAGE=\"es\",AUTOSELECT=YES,"
            "DEFAULT=NO,FORCED=NO,"
            "CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-"
            "music-and-sound\","
            "URI=\"captions/es/captions.m3u8\"\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"audio\",SUBTITLES=\"subs\"\nv540/video.m3u8\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO=\"audio\",SUBTITLES=\"subs\"\nv360/video.m3u8\n"
            "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=3,URI=\"v540/iframes.m3u8\"\n");
  EXPECT_EQ(with_subtitles(out, {english({}), spanish}), out);
  EXPECT_EQ(with_subtitles(out, {}), kMain);
}

TEST(WithSubtitles, TheOnlyOneIsTheDefaultAndNamesDiffer) {
  EXPECT_THAT(with_subtitles(kMain, {english({})}), HasSubstr("DEFAULT=YES"));
  const CaptionsTrack british{"en-GB", "English", CaptionsKind::kSubtitles, {}};
  EXPECT_THAT(with_subtitles(kMain, {english({}), british}), HasSubstr("NAME=\"English (en-GB)\""));
}

TEST(WithSubtitles, CanBeReadBack) {
  const CaptionsTrack spanish{"es", "Español", CaptionsKind::kCaptions, {}};
  const CaptionsTrack british{"en-GB", "English", CaptionsKind::kSubtitles, {}};
  const std::string out = with_subtitles(kMain, {english({}), british, spanish});
  const auto back = subtitles_of(out);
  ASSERT_EQ(back.size(), 3U);
  EXPECT_EQ(back[1].label, "English (en-GB)");
  EXPECT_EQ(back[2].language, "es");
  EXPECT_EQ(back[2].kind, CaptionsKind::kCaptions);
  EXPECT_EQ(with_subtitles(kMain, back), out);
  EXPECT_TRUE(subtitles_of(kMain).empty());
}

TEST(WithTextTracks, NamesOneFileForEachLanguage) {
  const std::string manifest =
      "<MPD>\n  <Period id=\"0\">\n    <AdaptationSet id=\"0\"/>\n  </Period>\n</MPD>\n";
  const CaptionsTrack spanish{
      "es", "A & B", CaptionsKind::kCaptions, {{1000, 2000, "a", "", 0}, {20'000, 30'000, "late", "", 0}}};
  const Playlist whole = whole_captions(media::Grid::make({30, 1}, 300).value(), spanish, kName);
  EXPECT_EQ(whole.text, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\na\n");
  const std::string out = with_text_tracks(manifest, {spanish}, {whole.name});
  EXPECT_THAT(out, HasSubstr("    <AdaptationSet contentType=\"text\" mimeType=\"text/vtt\" "
                             "lang=\"es\"><Label>A &amp; B</Label>"));
  EXPECT_THAT(out,
              HasSubstr("value=\"caption\"/><Representation id=\"captions-es\" bandwidth=\"1000\"><BaseURL>" +
                        whole.name + "</BaseURL>"));
  EXPECT_EQ(with_text_tracks(out, {spanish}, {whole.name}), out);
  EXPECT_EQ(with_text_tracks(out, {}, {}), manifest);
}

}  // namespace
}  // namespace cliffhanger::transcode
