#include "libs/conformance/playlist.h"

#include <gtest/gtest.h>

#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

Playlist parsed(const std::string& text) {
  auto out = parse_playlist(text);
  EXPECT_TRUE(out.has_value()) << text;
  return out.value_or(Playlist{});
}

TEST(ParsePlaylist, ReadsAMultivariantPlaylist) {
  const Playlist list = parsed(
      "#EXTM3U\r\n#EXT-X-VERSION:7\r\n#EXT-X-INDEPENDENT-SEGMENTS\r\n#EXT-X-START:TIME-OFFSET=-2.5,PRECISE="
      "YES\r\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Deutsch, "
      "laut\",LANGUAGE=\"de\",DEFAULT=YES,CHANNELS=\"2\",URI=\"a.m3u8\"\r\n"
      "# a comment\r\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS=\"avc1.64001f,mp4a.40.2\","
      "RESOLUTION=540x960,"
      "FRAME-RATE=23.976,AUDIO=\"a\",CLOSED-CAPTIONS=NONE\r\nv/video.m3u8\r\n"
      "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=80000,URI=\"v/i.m3u8\"\r\n");
  EXPECT_TRUE(list.faults.empty()) << list.faults.front().what;
  EXPECT_TRUE(list.multivariant);
  EXPECT_TRUE(list.independent);
  EXPECT_EQ(list.start.value().offset, -2.5);
  ASSERT_EQ(list.renditions.size(), 1u);
  EXPECT_EQ(list.renditions[0].name, "Deutsch, laut");
  EXPECT_TRUE(list.renditions[0].is_default);
  ASSERT_EQ(list.streams.size(), 1u);
  EXPECT_EQ(list.streams[0].uri, "v/video.m3u8");
  EXPECT_EQ(list.streams[0].bandwidth, 1'280'000);
  EXPECT_EQ(list.streams[0].average_bandwidth, 1'000'000);
  EXPECT_EQ(list.streams[0].width, 540);
  EXPECT_EQ(list.streams[0].frame_rate, 23.976);
  EXPECT_EQ(list.iframe_streams.at(0).uri, "v/i.m3u8");
}

TEST(ParsePlaylist, ReadsAMediaPlaylist) {
  const Playlist list = parsed(
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:EVENT\n"
      "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",IV=0xAB\n#EXT-X-MAP:URI=\"f.mp4\",BYTERANGE=\"800@0\"\n"
      "#EXTINF:2.002,Title\n#EXT-X-BYTERANGE:100@800\nf.mp4\n#EXTINF:2.002,\n#EXT-X-BYTERANGE:50\nf.mp4\n"
      "#EXT-X-KEY:METHOD=NONE\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"g.mp4\"\n#EXTINF:4,\ng.m4s\n#EXT-X-"
      "ENDLIST\n");
  EXPECT_TRUE(list.faults.empty()) << list.faults.front().what;
  EXPECT_FALSE(list.multivariant);
  ASSERT_EQ(list.segments.size(), 3u);
  EXPECT_EQ(list.segments[1].range, (ByteRange{50, 900}));
  EXPECT_EQ(list.segments[1].key, 0);
  EXPECT_EQ(list.segments[2].key, -1);
  EXPECT_EQ(list.segments[2].map, 1);
  EXPECT_TRUE(list.segments[2].discontinuity);
  EXPECT_TRUE(list.ended);
  EXPECT_EQ(list.type, Playlist::Type::kEvent);
  EXPECT_NEAR(list.seconds(), 8.004, 1e-9);
  EXPECT_EQ(needed_version(list), 6);
}

// A playlist with one fault, and a word of what is said of it.
TEST(ParsePlaylist, NamesEachFault) {
  const std::string media = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n", main = "#EXTM3U\n", end = "#EXTINF:4,\na\n";
  const std::string stream = "#EXT-X-STREAM-INF:BANDWIDTH=1\nv\n";
  const std::pair<std::string, const char*> kFaults[] = {
      {"#EXTM3U\n" + end, "TARGETDURATION is missing"},
      {media + "a\n", "without EXTINF"},
      {media + "#EXTINF:4\na\n", "without a comma"},
      {media + "#EXTINF:-4,\na\n", "not a decimal number"},
      {media + "#EXTINF:4e3,\na\n", "not a decimal number"},
      {media + "#EXTINF:4,\n", "not followed by a URI"},
      {media + "#EXTINF:4,\n" + end, "two EXTINF"},
      {media + "#EXT-X-BYTERANGE:5\n" + end, "follows no other range"},
      {media + "#EXT-X-BYTERANGE:0@5\n" + end, "no length"},
      {media + "#EXT-X-MAP:BYTERANGE=\"1@0\"\n" + end, "URI is missing"},
      {media + "#EXT-X-MAP:URI=init.mp4\n" + end, "not in quotation marks"},
      {media + "#EXT-X-KEY:METHOD=ROT13,URI=\"k\"\n" + end, "not one of its words"},
      {media + "#EXT-X-KEY:METHOD=AES-128\n" + end, "URI is missing"},
      {media + "#EXT-X-KEY:METHOD=NONE,URI=\"k\"\n" + end, "no other attribute"},
      {media + "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=12\n" + end, "not a hexadecimal number"},
      {media + "#EXT-X-PLAYLIST-TYPE:LIVE\n" + end, "neither VOD nor EVENT"},
      {media + "#EXT-X-ENDLIST\n#EXT-X-ENDLIST\n" + end, "twice"},
      {media + "#EXT-X-CUE:1\n" + end, "not known"},
      {media + "#EXT-X-START:PRECISE=YES\n" + end, "TIME-OFFSET is missing"},
      {media + "#EXT-X-PROGRAM-DATE-TIME:yesterday\n" + end, "not a date"},
      {media + "#EXT-X-DATERANGE:CLASS=\"x\"\n" + end, "ID is missing"},
      {media + "#EXT-X-MEDIA-SEQUENCE:x\n" + end, "not a whole number"},
      {media + "#EXTINF:4,\na b\n", "with spaces"},
      {media + "#EXTINF:4,\na\x01"
               "b\n",
       "control character"},
      {media + stream + end, "in one"},
      {"\xef\xbb\xbf" + media + end, "byte order mark"},
      {main + "#EXT-X-STREAM-INF:AUDIO=\"a\"\nv\n", "BANDWIDTH is missing"},
      {main + "#EXT-X-STREAM-INF:BANDWIDTH=1,BANDWIDTH=2\nv\n", "there twice"},
      {main + "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1\nv\n", "not closed"},
      {main + "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=5x\nv\n", "not WIDTHxHEIGHT"},
      {main + "#EXT-X-STREAM-INF:BANDWIDTH=1,FRAME-RATE=x\nv\n", "not a decimal number"},
      {main + "#EXT-X-STREAM-INF:BANDWIDTH=1,\nv\n", "nothing after it"},
      {main + "#EXT-X-STREAM-INF:BANDWIDTH = 1\nv\n", "not NAME=value"},
      {main + "#EXT-X-STREAM-INF:BANDWIDTH=1\n", "not followed by its URI"},
      {main + stream + "w\n", "without EXT-X-STREAM-INF"},
      {main + stream + "#EXT-X-MEDIA:TYPE=AUDIO,NAME=\"n\"\n", "GROUP-ID is missing"},
      {main + stream + "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"g\",NAME=\"n\"\n", "URI is missing"},
      {main + stream + "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",DEFAULT=MAYBE\n",
       "not one of its words"},
      {main + "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\"\n",
       "no variant"},
  };
  for (const auto& [text, said] : kFaults) {
    const Playlist list = parsed(text);
    ASSERT_FALSE(list.faults.empty()) << text;
    bool any = false;
    for (const Fault& fault : list.faults) any |= fault.what.find(said) != std::string::npos;
    EXPECT_TRUE(any) << text << " gave " << list.faults.front().what;
  }
}

TEST(ParsePlaylist, IsBounded) {
  std::string many = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n";
  for (std::size_t i = 0; i <= kMaxSegments; ++i) many += "#EXTINF:4,\na\n";
  EXPECT_EQ(parse_playlist(many).error().reason, "PLAYLIST_TOO_LARGE");
  EXPECT_EQ(parse_playlist("#EXTM3U\n" + std::string(kMaxLineBytes + 1, 'a')).error().reason,
            "PLAYLIST_TOO_LARGE");
  EXPECT_EQ(parse_playlist("#EXTM3U\n" + std::string(kMaxLines + 1, '\n')).error().reason,
            "PLAYLIST_TOO_LARGE");
  std::string streams = "#EXTM3U\n";
  for (std::size_t i = 0; i < kMaxStreams + 2; ++i) streams += "#EXT-X-STREAM-INF:BANDWIDTH=1\nv\n";
  EXPECT_EQ(parse_playlist(streams).error().reason, "PLAYLIST_TOO_LARGE");
  std::string faults = "#EXTM3U\n";
  for (int i = 0; i < 10'000; ++i) faults += "#EXT-X-NEW\n";
  EXPECT_LT(parsed(faults).faults.size(), 200u);
}

TEST(ParsePlaylist, WantsItsFirstLine) {
  for (const char* text : {"", "#EXTM3", "#EXTM3U8\n", "EXTM3U\n", "<html>"})
    EXPECT_EQ(parse_playlist(text).error().reason, "NOT_A_PLAYLIST") << text;
}

TEST(Resolve, FollowsRfc3986) {
  EXPECT_EQ(resolve("main.m3u8", "v/video.m3u8"), "v/video.m3u8");
  EXPECT_EQ(resolve("a/b/main.m3u8", "../c.m3u8"), "a/c.m3u8");
  EXPECT_EQ(resolve("a/main.m3u8", "../../c.m3u8"), "../c.m3u8");
  EXPECT_EQ(resolve("http://h:1/a/b?t=1", "c"), "http://h:1/a/c");
  EXPECT_EQ(resolve("http://h:1/a/b", "/c?x=1"), "http://h:1/c?x=1");
  EXPECT_EQ(resolve("http://h/a/b", "../../../c"), "http://h/c");
  EXPECT_EQ(resolve("http://h/a", "//other/c"), "http://other/c");
  EXPECT_EQ(resolve("http://h", "c"), "http://h/c");
  EXPECT_EQ(resolve("http://h/a", "https://x/y"), "https://x/y");
  EXPECT_EQ(resolve("a/b.m3u8", "./c"), "a/c");
}

TEST(Shown, IsFitForATerminal) {
  EXPECT_EQ(shown("a\x1b[2Jb\n"), "a?[2Jb?");
  EXPECT_EQ(shown("f\xc3\xbcr"), "f\xc3\xbcr");
  EXPECT_EQ(shown("\xff\xc3"), "??");
  EXPECT_EQ(shown("\xc2\x9b"
                  "31m"),
            "?31m")
      << "a control sequence of eight bits";
  EXPECT_LT(shown(std::string(10'000, 'x')).size(), 200u);
}

}  // namespace
}  // namespace cliffhanger::conformance
