// Every rule is seen to be met by a presentation that is right, and to be broken by one that is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "libs/conformance/check.h"
#include "libs/conformance/test_made.h"

namespace cliffhanger::conformance {
namespace {

using made::Files;
using made::Made;

const Outcome& outcome_of(const Report& report, std::string_view id) {
  return *std::find_if(report.outcomes.begin(), report.outcomes.end(),
                       [&](const Outcome& one) { return one.rule->id == id; });
}

Report report_of(const Made& made, const std::function<void(Files&)>& change = {}) {
  Files files = made.files();
  if (change) change(files);
  made::MadeSource source(files, made.delivery);
  auto report = check(source, "main.m3u8");
  EXPECT_TRUE(report.has_value()) << report.error().message;
  return report.value_or(Report{});
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  ASSERT_NE(text.find(what), std::string::npos) << what;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// How to break one rule: by the media, or by the files made of it.
struct Break {
  std::string rule;
  std::function<void(Made&)> media;
  std::function<void(Files&)> files;
};

std::function<void(Files&)> swap(std::string file, std::string what, std::string with) {
  return [=](Files& files) { replace(files.at(file), what, with); };
}

void encrypt(Made& made) {
  made.big.scheme = made.small.scheme = made.sound.scheme = "cbcs";
  made.key = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"../key\",KEYFORMAT=\"identity\"\n";
}

void whole_segments(Made& made, const std::string& key) {
  made.key = "#EXT-X-KEY:METHOD=AES-128,URI=\"../key\"" + key + "\n";
}

void hevc(made::Track& track) {
  track.entry = "hvc1", track.profile = 1, track.level = 93, track.nal = 19;
}

// Of playlists, timing and figures.
std::vector<Break> breaks_of_lists() {
  const auto none = [](Made&) {};
  const std::string v540 = "v540/video.m3u8", main = "main.m3u8";
  return {
      {"syntax", none, swap(v540, "#EXT-X-VERSION:7", "#EXT-X-VERSION:seven")},
      {"readable", none, [](Files& files) { files.erase("v540/2.m4s"); }},
      {"boxes", none, [](Files& files) { files.at("v180/1.m4s").resize(900); }},
      {"version", none, swap(v540, "#EXT-X-VERSION:7", "#EXT-X-VERSION:3")},
      {"extinf", none, swap(v540, "#EXTINF:4.000000", "#EXTINF:4.600000")},
      {"groups", none, swap(main, "AUDIO=\"audio\"", "AUDIO=\"other\"")},
      {"1.13", [](Made& made) { made.big.segments[2] = made.small.segments[2] = {50, 70}; }, {}},
      {"8.22", [](Made& made) { made.small.segments[2] = {50, 70}; }, {}},
      {"segments",
       [](Made& made) { made.big.segments = made.small.segments = {{60, 60}, {60}, {60}, {60, 60}}; },
       {}},
      {"7.7", [](Made& made) { made.big.segments[2] = {60, 60, 20}; }, {}},
      {"7.4", [](Made& made) { made.big.nal = 1; }, {}},
      {"7.4", [](Made& made) { made.big.sync_first = false; }, {}},
      {"closed-gop", [](Made& made) { made.big.leading = true; }, {}},
      {"9.11", none, swap(main, "#EXT-X-INDEPENDENT-SEGMENTS\n", "")},
      {"moof-per-gop",
       [](Made& made) { made.big.segments[2] = {60, 30, 30}, made.big.sync_first = false; },
       {}},
      {"shown-on-time", [](Made& made) { made.big.shift = 2'000; }, {}},
      {"on-grid", [](Made& made) { made.big.start = made.small.start = 7'000; }, {}},
      {"7.3", [](Made& made) { made.big.gap_before_last = 1'000; }, {}},
      {"8.1", none, swap(v540, "#EXTINF:4.000000", "#EXTINF:3.950000")},
      {"8.2", none, swap("audio/audio.m3u8", "TARGETDURATION:4", "TARGETDURATION:5")},
      {"8.3", [](Made& made) { made.sound.segments.back() = {180}; }, {}},
      {"8.6", none, swap(v540, "#EXT-X-PLAYLIST-TYPE:VOD\n", "")},
      {"start-0", none, swap(v540, "#EXT-X-ENDLIST\n", "")},
      {"av-aligned", [](Made& made) { made.sound.segments = {{97}, {92}, {187}, {188}}; }, {}},
      {"8.9", none,
       [](Files& files) {
         // A second track in the initialisation segment: the sound's.
         std::string& init = files.at("v540/init.mp4");
         const std::string& other = files.at("audio/init.mp4");
         const auto boxes = boxes_in(as_bytes(other)).value();
         const auto trak = find_box(boxes_in(find_box(boxes, "moov")->body).value(), "trak")->body;
         const std::string body(reinterpret_cast<const char*>(trak.data()), trak.size());
         init += "";
         const std::size_t at = init.find("moov") - 4;
         made::Writer moov;
         moov.box("moov", init.substr(at + 8) + made::Writer().box("trak", body).out);
         init = init.substr(0, at) + moov.out;
       }},
      {"9.5", none, swap(main, ",AUDIO=\"audio\"", "")},
      {"stereo-aac", [](Made& made) { made.sound.channels = 1; }, {}},
      {"sound-rate", [](Made& made) { made.sound.first_bytes = made.sound.other_bytes = 600; }, {}},
      {"priming", [](Made& made) { made.sound.edit.reset(); }, {}},
      {"9.1", none, swap(main, "avc1.64001f,mp4a.40.2", "avc1.42001f,mp4a.40.2")},
      {"9.1", none, swap(main, ",mp4a.40.2", "")},
      {"9.2", none, swap(main, "RESOLUTION=540x960", "RESOLUTION=720x1280")},
      {"9.15", none, swap(main, "FRAME-RATE=30.000", "FRAME-RATE=29.970")},
      {"1.26", none, swap(main, "AVERAGE-BANDWIDTH=", "AVERAGE-BANDWIDTH=9")},
      {"1.27", none, swap(main, "INF:BANDWIDTH=", "INF:BANDWIDTH=9")},
      {"9.13", none, swap(main, "INF:BANDWIDTH=1", "INF:BANDWIDTH=")},
      {"1.30", none,
       [](Files& files) {
         std::string& last = files.at("v540/3.m4s");
         last += made::Writer().box("free", std::string(400'000, ' ')).out;
       }},
      {"1.32", none,
       [](Files& files) {
         std::string& text = files.at("main.m3u8");
         const std::size_t first = text.find("#EXT-X-STREAM-INF"),
                           second = text.find("#EXT-X-STREAM-INF", first + 1);
         const std::size_t end = text.find("#EXT-X-I-FRAME");
         text = text.substr(0, first) + text.substr(second, end - second) +
                text.substr(first, second - first) + text.substr(end);
       }},
      {"9.21", [](Made& made) { made.small = made.big; }, {}},
      {"6.1", none,
       [](Files& files) { files.at("main.m3u8").resize(files.at("main.m3u8").find("#EXT-X-I-FRAME")); }},
      {"6.10", none,
       [](Files& files) {
         // Ranges of the samples alone.
         replace(files.at("v540/iframes.m3u8"), "@16\n", "@1200\n");
       }},
      {"iframe-exact", none,
       [](Files& files) {
         std::string& text = files.at("v540/iframes.m3u8");
         replace(text, "#EXT-X-BYTERANGE:2", "#EXT-X-BYTERANGE:3");
       }},
      {"iframe-rate", none, swap(main, "STREAM-INF:BANDWIDTH=", "STREAM-INF:BANDWIDTH=5")},
      {"iframe-times", none, swap("v540/iframes.m3u8", "#EXTINF:2.000000", "#EXTINF:1.900000")},
  };
}

// Of what the media is and how it comes.
std::vector<Break> breaks_of_media() {
  const auto none = [](Made&) {};
  const std::string v540 = "v540/video.m3u8", main = "main.m3u8";
  return {
      {"1.3", [](Made& made) { made.big.level = 50; }, {}},
      {"1.4", [](Made& made) { made.big.profile = 77; }, {}},
      {"1.6", [](Made& made) { hevc(made.small), made.small.level = 153; }, {}},
      {"1.6", [](Made& made) { hevc(made.small), made.small.profile = 4; }, {}},
      {"h264-first", [](Made& made) { hevc(made.big); }, {}},
      {"h264-first", [](Made& made) { hevc(made.big), hevc(made.small); }, {}},
      {"1.10", [](Made& made) { made.big.entry = "avc3"; }, {}},
      {"1.10", [](Made& made) { hevc(made.small), made.small.entry = "hev1"; }, {}},
      {"1.10", [](Made& made) { hevc(made.small), made.small.parameter_sets = false; }, {}},
      {"7.4", [](Made& made) { hevc(made.small), made.small.nal = 21; }, {}},
      {"1.10", [](Made& made) { made.big.parameter_sets = false; }, {}},
      {"upright", [](Made& made) { made.big.turn = 0x10000; }, {}},
      {"square-pixels", [](Made& made) { made.big.aspect = 2; }, {}},
      {"bt709", [](Made& made) { made.big.primaries = 9; }, {}},
      {"rate-60", [](Made& made) { made.big.ticks = 400; }, {}},
      {"constant-rate", [](Made& made) { made.big.odd_ticks = 900; }, {}},
      {"key-and-boxes", encrypt, swap(v540, "#EXT-X-KEY", "#EXT-KEY")},
      {"key-and-boxes", [](Made& made) { encrypt(made), made.big.sample_boxes = false; }, {}},
      {"cbcs", [](Made& made) { encrypt(made), made.big.pattern = 0x55; }, {}},
      {"cbcs", [](Made& made) { encrypt(made), made.big.scheme = "cenc"; }, {}},
      {"explicit-iv", [](Made& made) { whole_segments(made, ""); }, {}},
      {"one-key", encrypt, swap(v540, "../key", "../other")},
      {"5.5", none, swap("en/subs.m3u8", "#EXTINF:12", "#EXTINF:10")},
      {"4.7", none, swap(main, ",LANGUAGE=\"en\"", "")},
      {"webvtt", none, swap("en/0.vtt", "WEBVTT", "WEBSRT")},
      {"timestamp-map", none, swap("en/0.vtt", "MPEGTS:0", "MPEGTS:900000")},
      {"asset", none, swap(v540, ",X-ASSET-URI=\"ad.m3u8\"", "")},
      {"interstitial-clock", none, swap(v540, "#EXT-X-PROGRAM-DATE-TIME", "#PROGRAM-DATE-TIME")},
      {"10.1", [](Made& made) { made.delivery.encoding = ""; }, {}},
      {"8.18", [](Made& made) { made.delivery.redirected = true; }, {}},
      {"mime", [](Made& made) { made.delivery.type = "application/octet-stream"; }, {}},
      {"range", [](Made& made) { made.delivery.ranged = false; }, {}},
      {"one-year", [](Made& made) { made.delivery.cache_control = "max-age=60"; }, {}},
      {"strong-etag", [](Made& made) { made.delivery.etag = "W/\"abc\""; }, {}},
      {"no-query", none,
       [](Files& files) {
         replace(files.at("v540/video.m3u8"), "\n1.m4s\n", "\n1.m4s?token=5\n");
         files["v540/1.m4s?token=5"] = files.at("v540/1.m4s");
       }},
  };
}

std::vector<Break> breaks_of_dash() {
  const auto none = [](Made&) {};
  const std::string mpd = "main.mpd";
  return {
      {"dash-syntax", none, swap(mpd, "</Period>", "")},
      {"dash-syntax", none, swap(mpd, "type=\"static\"", "type=\"dynamic\"")},
      {"dash-readable", none, swap(mpd, "$Number$.m4s", "$Number$.mp4")},
      {"dash-readable", none, swap(mpd, "en/0.vtt", "en/1.vtt")},
      {"dash-timeline", none, swap(mpd, "<S d=\"120000\"/>", "<S d=\"114000\"/>")},
      {"dash-total", none, swap(mpd, "mediaPresentationDuration=\"PT12", "mediaPresentationDuration=\"PT11")},
      {"dash-codecs", none, swap(mpd, "avc1.64001f", "avc1.64002a")},
      {"dash-size", none, swap(mpd, "height=\"960\"", "height=\"640\"")},
      {"dash-bandwidth", none, swap(mpd, "bandwidth=\"1", "bandwidth=\"2")},
      {"dash-same", none, swap(mpd, "<S d=\"120000\"/></SegmentTimeline>", "</SegmentTimeline>")},
  };
}

std::vector<Break> breaks() {
  std::vector<Break> all = breaks_of_lists();
  for (Break& one : breaks_of_media()) all.push_back(std::move(one));
  for (Break& one : breaks_of_dash()) all.push_back(std::move(one));
  return all;
}

TEST(Rules, WhatIsRightMeetsThemAll) {
  const Report report = report_of(Made());
  for (const Outcome& one : report.outcomes) EXPECT_EQ(one.verdict.failed(), 0) << to_sentence(one);
  EXPECT_TRUE(to_text(report).ends_with("\nconformant\n")) << to_text(report);
}

TEST(Rules, HevcBesideH264MeetsThemAll) {
  Made clear;
  hevc(clear.small);
  Made secret = clear;
  encrypt(secret);
  for (const Made* made : {&clear, &secret}) {
    const Report report = report_of(*made);
    for (const Outcome& one : report.outcomes) EXPECT_EQ(one.verdict.failed(), 0) << to_sentence(one);
    EXPECT_GT(outcome_of(report, "1.6").verdict.judged(), 0);
    EXPECT_GT(outcome_of(report, "h264-first").verdict.judged(), 0);
    EXPECT_TRUE(std::ranges::any_of(
        made->files(), [](const auto& one) { return one.second.find("hvcC") != std::string::npos; }));
  }
  EXPECT_EQ(outcome_of(report_of(Made()), "h264-first").verdict.judged(), 0);
}

TEST(Rules, WhatIsRightlyEncryptedMeetsThemAll) {
  Made sample, whole;
  encrypt(sample);
  whole_segments(whole, ",IV=0x0123456789abcdef0123456789abcdef");
  for (const Made* made : {&sample, &whole}) {
    const Report report = report_of(*made);
    for (const Outcome& one : report.outcomes) EXPECT_EQ(one.verdict.failed(), 0) << to_sentence(one);
  }
  EXPECT_GT(outcome_of(report_of(sample), "cbcs").verdict.judged(), 0);
  EXPECT_GT(outcome_of(report_of(sample), "key-and-boxes").verdict.judged(), 0);
  EXPECT_EQ(outcome_of(report_of(whole), "7.4").verdict.judged(), 0) << "its boxes can't be seen";
}

class Broken : public ::testing::TestWithParam<Break> {};

TEST_P(Broken, IsFound) {
  Made made;
  GetParam().media(made);
  const Report report = report_of(made, GetParam().files);
  const Outcome& outcome = outcome_of(report, GetParam().rule);
  ASSERT_GT(outcome.verdict.failed(), 0) << to_text(report);
  ASSERT_FALSE(outcome.verdict.findings().empty());
  const Finding& first = outcome.verdict.findings().front();
  EXPECT_FALSE(first.where.empty());
  EXPECT_FALSE(first.found.empty());
  EXPECT_FALSE(first.expected.empty());
}

INSTANTIATE_TEST_SUITE_P(Rules, Broken, ::testing::ValuesIn(breaks()), [](const auto& info) {
  std::string name = info.param.rule + "_" + std::to_string(info.index);
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
});

TEST(Rules, EveryOneHasAWayToBreakIt) {
  std::set<std::string> broken;
  for (const Break& one : breaks()) broken.insert(one.rule);
  std::set<std::string> all;
  for (const Rule& one : rules()) EXPECT_TRUE(all.insert(one.id).second) << one.id << " is there twice";
  EXPECT_EQ(broken, all);
}

TEST(Rules, AJoinOfTimelinesIsADiscontinuity) {
  Made made;
  made.big.gap_before_last = made.small.gap_before_last = 600'000;
  made.sound.gap_before_last = 960'000;
  const auto join = [](Files& files) {
    for (const char* name : {"v540/video.m3u8", "v180/video.m3u8", "audio/audio.m3u8"}) {
      std::string& text = files.at(name);
      text.insert(text.rfind("#EXTINF"), "#EXT-X-DISCONTINUITY\n");
    }
    files.erase("main.mpd");  // which has one timeline
  };
  EXPECT_GT(outcome_of(report_of(made), "7.3").verdict.failed(), 0);
  const Report joined = report_of(made, join);
  for (const Outcome& one : joined.outcomes) EXPECT_EQ(one.verdict.failed(), 0) << to_sentence(one);
}

// What is left of a frame of sound at each join does not add up, but no timeline may lack more.
TEST(Rules, EachTimelineIsJudgedByItself) {
  Made made;
  made.big.segments = made.small.segments = {{60}, {60}, {60}, {60}, {60}, {60}};
  made.sound.segments = {{94}, {93}, {93}, {93}, {93}, {93}};
  made.sound.edit.reset();
  const auto join = [](Files& files) {
    for (const char* name : {"v540/video.m3u8", "v180/video.m3u8", "audio/audio.m3u8"}) {
      std::string text;
      std::size_t at = 0;
      std::string& old = files.at(name);
      for (std::size_t next = old.find("#EXTINF"); next != std::string::npos;
           next = old.find("#EXTINF", at + 1)) {
        text += old.substr(at, next - at) + (at > 0 ? "#EXT-X-DISCONTINUITY\n" : "");
        at = next;
      }
      old = text + old.substr(at);
    }
    files.erase("main.mpd");
  };
  EXPECT_GT(outcome_of(report_of(made), "8.3").verdict.failed(), 0);
  EXPECT_EQ(outcome_of(report_of(made, join), "8.3").verdict.failed(), 0);
  made.sound.segments[3] = {86};
  EXPECT_GT(outcome_of(report_of(made, join), "8.3").verdict.failed(), 0);
}

TEST(Check, WithoutAManifestOfItsNameNothingOfDashIsJudged) {
  for (const char* name : {"", "burned-en.mpd"}) {
    const Report report = report_of(Made(), [&](Files& files) {
      auto manifest = files.extract("main.mpd");
      manifest.key() = name;
      files.insert(std::move(manifest));
    });
    for (const Outcome& one : report.outcomes) {
      if (std::string_view(one.rule->id).starts_with("dash-"))
        EXPECT_EQ(one.verdict.judged(), 0) << one.rule->id;
    }
  }
}

TEST(Check, ReadsHeadersAndNotTheMedia) {
  Made made;
  made.big.other_bytes = 20'000;
  made::MadeSource source(made.files());
  std::int64_t all = 0;
  for (const auto& [name, bytes] : made.files()) all += static_cast<std::int64_t>(bytes.size());
  ASSERT_TRUE(check(source, "main.m3u8").has_value());
  EXPECT_LT(source.bytes * 5, all) << "it read " << source.bytes << " of " << all << " bytes";
}

TEST(Check, OneMediaPlaylistAloneCanBeJudged) {
  made::MadeSource source(Made().files());
  const auto report = check(source, "v540/video.m3u8");
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_GT(outcome_of(*report, "7.3").verdict.judged(), 0);
  EXPECT_EQ(outcome_of(*report, "6.1").verdict.judged(), 0);
  EXPECT_EQ(outcome_of(*report, "7.3").verdict.failed(), 0);
}

TEST(Check, WhatIsNoPlaylistIsAnError) {
  made::MadeSource source({{"main.m3u8", "<html>"}});
  EXPECT_EQ(check(source, "main.m3u8").error().reason, "NOT_A_PLAYLIST");
  EXPECT_EQ(check(source, "other.m3u8").error().reason, "NOT_THERE");
}

}  // namespace
}  // namespace cliffhanger::conformance
