// SPDX-License-Identifier: GPL-3.0-or-later
// The command `check` on what our program writes, on what ffmpeg's muxer writes, in folders and from a
// server.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "libs/conformance/check.h"
#include "libs/conformance/test_made.h"
#include "libs/http/range.h"
#include "libs/http/router.h"
#include "media/check/folder.h"
#include "media/check/server.h"
#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

namespace cf = conformance;

void write(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

void write_all(const TempFolder& folder, const cf::made::Files& files) {
  for (const auto& [name, bytes] : files) write(folder.path(name), bytes);
}

std::set<std::string> unmet(const cf::Report& report, cf::Level level) {
  std::set<std::string> out;
  for (const cf::Outcome& one : report.outcomes) {
    if (one.rule->level == level && one.verdict.failed() > 0) out.insert(one.rule->id);
  }
  return out;
}

Result<cf::Report> check_folder(const std::string& path) {
  CH_ASSIGN(const FolderPresentation folder, open_folder(path));
  return cf::check(*folder.source, folder.playlist);
}

std::string text_of(const Result<cf::Report>& report) {
  return report ? cf::to_text(*report) : report.error().message;
}

// The files of one track as the program made them, in a folder of playlists.
struct Track {
  InitEvent init;
  std::vector<SegmentEvent> segments;
  std::vector<double> seconds;

  double rate() const {
    double out = 0;
    for (std::size_t i = 0; i < segments.size(); ++i)
      out = std::max(out, static_cast<double>(segments[i].bytes) * 8 / seconds[i]);
    return out;
  }
  double average() const {
    double bits = 0, all = 0;
    for (std::size_t i = 0; i < segments.size(); ++i)
      bits += static_cast<double>(segments[i].bytes) * 8, all += seconds[i];
    return bits / all;
  }
  std::string playlist() const {
    std::string out =
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"" +
        init.file + "\"\n";
    for (std::size_t i = 0; i < segments.size(); ++i)
      out += "#EXTINF:" + std::to_string(seconds[i]) + ",\n" + segments[i].file + "\n";
    return out + "#EXT-X-ENDLIST\n";
  }
  std::string iframes(const Grid& grid) const {
    std::string out =
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-"
        "ONLY\n#EXT-X-MAP:URI=\"" +
        init.file + "\"\n";
    for (const SegmentEvent& one : segments) {
      for (const GopRange& gop : one.gops)
        out += "#EXTINF:" + std::to_string(grid.seconds(gop.frames)) +
               ",\n#EXT-X-BYTERANGE:" + std::to_string(gop.bytes) + "@" + std::to_string(gop.offset) + "\n" +
               one.file + "\n";
    }
    return out + "#EXT-X-ENDLIST\n";
  }
};

std::map<std::string, Track> tracks_of(const Outcome& made, const Grid& grid) {
  std::map<std::string, Track> out;
  for (const InitEvent& one : made.inits) out[one.rung].init = one;
  for (const SegmentEvent& one : made.segments) {
    Track& track = out[one.rung];
    track.segments.push_back(one);
    track.seconds.push_back(one.rung == "audio" ? AudioGrid(grid).seconds(one.index)
                                                : grid.seconds(one.frames));
  }
  return out;
}

TEST(Check, WhatOurProgramWritesMeetsEveryRule) {
  const TempFolder folder;
  const std::string clip = folder.path("clip.mp4");
  make_clip(
      clip,
      "-f lavfi -i testsrc2=s=360x640:r=30000/1001:d=13 -f lavfi -i sine=d=13 -c:v libx264 -preset ultrafast "
      "-pix_fmt yuv420p -c:a aac");
  const ProbeEvent probe = probe_clip(clip);
  const Grid grid = Grid::make(probe.video.rate, probe.video.frames).value();
  EncodeJob job{
      grid.rate(), grid.frames(), {{"v360", 360, 640, 30, 900, 900}, {"v180", 180, 320, 40, 90, 90}}, 0, 0};
  job.segment_count = grid.segments();
  const Outcome pictures = run_program("encode", clip, folder.root(), to_json(job));
  ASSERT_TRUE(pictures.result) << pictures.result.error().message;
  const Outcome sound =
      run_program("audio", clip, folder.root(), to_json(AudioJob{grid.rate(), grid.frames(), 64}));
  ASSERT_TRUE(sound.result) << sound.result.error().message;
  auto tracks = tracks_of(pictures, grid);
  const Track audio = tracks_of(sound, grid).at("audio");

  std::string main =
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Original\",DEFAULT=YES,URI=\"audio.m3u8\"\n";
  for (const auto& [name, size] : {std::pair("v360", "360x640"), {"v180", "180x320"}}) {
    const Track& track = tracks.at(name);
    main += "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(static_cast<long>(track.rate() + audio.rate())) +
            ",AVERAGE-BANDWIDTH=" + std::to_string(static_cast<long>(track.average() + audio.average())) +
            ",CODECS=\"" + track.init.codecs + "," + audio.init.codecs + "\",RESOLUTION=" + size +
            ",FRAME-RATE=29.970,AUDIO=\"a\"\n" + name + ".m3u8\n" +
            "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,CODECS=\"" + track.init.codecs + "\",RESOLUTION=" + size +
            ",URI=\"" + name + "-i.m3u8\"\n";
    write(folder.path(std::string(name) + ".m3u8"), track.playlist());
    write(folder.path(std::string(name) + "-i.m3u8"), track.iframes(grid));
  }
  write(folder.path("audio.m3u8"), audio.playlist());
  write(folder.path("main.m3u8"), main);
  const auto report = check_folder(folder.root());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(unmet(*report, cf::Level::kMust), std::set<std::string>{}) << text_of(report);
  const auto shoulds = unmet(*report, cf::Level::kShould);
  // The I-frames' bandwidth is made up here; what the test picture peaks at is x264's business.
  for (const std::string& one : shoulds)
    EXPECT_TRUE(one == "iframe-rate" || one == "1.30" || one == "9.21") << text_of(report);
}

TEST(Check, FfmpegsMuxerIsFoundOut) {
  const TempFolder folder;
  shell("cd '" + folder.path("") +
        "' && ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=360x640:r=30:d=11 -f lavfi -i sine=d=11 "
        "-map 0:v -map 1:a "
        "-c:v libx264 -preset ultrafast -g 45 -pix_fmt yuv420p -c:a aac -f hls -hls_time 4 -hls_segment_type "
        "fmp4 "
        "-hls_playlist_type vod -master_pl_name main.m3u8 -var_stream_map v:0,a:0 -hls_segment_filename "
        "'s%d.m4s' out.m3u8");
  const auto report = check_folder(folder.root());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const auto musts = unmet(*report, cf::Level::kMust), shoulds = unmet(*report, cf::Level::kShould);
  for (const char* id : {"6.1", "8.9", "9.11", "9.15", "1.26"})
    EXPECT_TRUE(musts.contains(id)) << id << "\n" << text_of(report);
  for (const char* id : {"1.13", "segments", "shown-on-time"})
    EXPECT_TRUE(shoulds.contains(id)) << id << "\n" << text_of(report);
  for (const char* id : {"syntax", "boxes", "readable", "7.4", "7.3"})
    EXPECT_FALSE(musts.contains(id)) << id << "\n" << text_of(report);
}

TEST(Check, AFolderIsNeverLeft) {
  const TempFolder folder;
  cf::made::Files files = cf::made::Made().files();
  write(folder.path("secret.m4s"), files.at("v540/1.m4s"));
  const TempFolder inner;
  write_all(inner, files);
  std::filesystem::create_symlink(folder.path("secret.m4s"), inner.path("v540/link.m4s"));
  ASSERT_EQ(mkfifo(inner.path("v540/pipe.m4s").c_str(), 0600), 0);
  const std::string real = inner.path("v540/1.m4s");
  for (const std::string& name :
       {std::string("link.m4s"), std::string("pipe.m4s"), std::string("../../../../../../etc/passwd"),
        folder.path("secret.m4s"), std::string("http://127.0.0.1:1/1.m4s"), std::string(".")}) {
    std::string text = files.at("v540/video.m3u8");
    text.replace(text.find("\n1.m4s\n"), 7, "\n" + name + "\n");
    write(inner.path("v540/video.m3u8"), text);
    const auto report = check_folder(inner.root());
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_TRUE(unmet(*report, cf::Level::kMust).contains("readable")) << name << "\n" << text_of(report);
  }
}

TEST(Check, TheFinishedPlaylistIsFoundBesideTheProvisional) {
  const TempFolder folder;
  cf::made::Files files = cf::made::Made().files();
  files["provisional.m3u8"] =
      "#EXTM3U\n#EXT-X-START:TIME-OFFSET=0\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv540/video.m3u8\n";
  write_all(folder, files);
  EXPECT_EQ(open_folder(folder.root())->playlist, "main.m3u8");
  write(folder.path("other.m3u8"), files.at("main.m3u8"));
  EXPECT_EQ(open_folder(folder.root()).error().reason, "CHECK_AMBIGUOUS");
  EXPECT_EQ(open_folder(folder.path("other.m3u8"))->playlist, "other.m3u8");
  EXPECT_EQ(open_folder(folder.path("v540/init.mp4"))->playlist, "init.mp4");
  EXPECT_EQ(open_folder(folder.path("nothing")).error().reason, "CHECK_NOT_FOUND");
}

// ---- Over HTTP

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class OverHttp : public ::testing::Test {
 protected:
  OverHttp() : files_(cf::made::Made().files()) {
    router_.add(
        "GET", "/hls/{name*}",
        [this](http::Request& request) -> http::Task<http::Response> { co_return answer(request); }, "file");
    server_ = std::make_unique<http::Server>(
        http::Server::Options{"127.0.0.1", 1, {}}, [this](http::Request& r) { return router_.handle(r); },
        probe_);
    port_ = server_->start(0).value();
  }

  http::Response answer(const http::Request& request) {
    const std::string name(request.capture("name"));
    if (moved_.contains(name)) {
      http::Response out;
      out.status = 302;
      out.headers.add("Location", moved_.at(name));
      return out;
    }
    const auto it = files_.find(name);
    if (it == files_.end()) return http::text_response(404, "text/plain", "no");
    const bool playlist = name.ends_with(".m3u8"), text = name.ends_with(".vtt");
    http::Response out = http::text_response(200,
                                             playlist ? "application/vnd.apple.mpegurl"
                                             : text   ? "text/vtt"
                                                      : "video/mp4",
                                             it->second);
    if (playlist) {
      out.headers.add("Content-Encoding", "gzip");
      out.body = gzip_ ? gzipped(it->second) : std::string("not gzip");
      return out;
    }
    out.headers.add("ETag", "\"1\"");
    out.headers.add("Cache-Control", "public, max-age=31536000, immutable");
    const auto range = http::parse_range(request.headers, it->second.size(), "\"1\"");
    if (ranges_ && range.kind == http::ByteRange::Kind::kPart) {
      out.status = 206;
      out.headers.add("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                           std::to_string(range.offset + range.length - 1) + "/" +
                                           std::to_string(it->second.size()));
      out.body = it->second.substr(range.offset, range.length);
    }
    return out;
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hls/main.m3u8"; }
  Result<cf::Report> check() const {
    CH_ASSIGN(const auto source, open_server(url()));
    return cf::check(*source, url());
  }

  cf::made::Files files_;
  std::map<std::string, std::string> moved_;
  bool ranges_ = true, gzip_ = true;
  http::Probe probe_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(OverHttp, WhatIsRightMeetsEveryRule) {
  const auto report = check();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->unmet(cf::Level::kMust) + report->unmet(cf::Level::kShould), 0) << text_of(report);
}

TEST_F(OverHttp, RedirectsAreFollowedAndTold) {
  moved_["v540/1.m4s"] = "/hls/v540/other.m4s";
  files_["v540/other.m4s"] = files_.at("v540/1.m4s");
  const auto report = check();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(unmet(*report, cf::Level::kMust), std::set<std::string>{"8.18"}) << text_of(report);
}

TEST_F(OverHttp, OtherServersAreNotAsked) {
  moved_["v540/1.m4s"] = "http://127.0.0.1:1/else";
  moved_["v540/2.m4s"] = "v540/2.m4s";  // to itself, for ever
  const auto report = check();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_TRUE(unmet(*report, cf::Level::kMust).contains("readable")) << text_of(report);
}

TEST_F(OverHttp, AServerWithoutRangesIsTold) {
  ranges_ = false;
  const auto report = check();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_TRUE(unmet(*report, cf::Level::kMust).contains("range")) << text_of(report);
  EXPECT_FALSE(unmet(*report, cf::Level::kMust).contains("boxes")) << text_of(report);
}

TEST_F(OverHttp, BrokenGzipIsAnError) {
  gzip_ = false;
  EXPECT_EQ(check().error().reason, "CHECK_UNREADABLE");
  EXPECT_EQ(open_server("https://localhost/a.m3u8").error().reason, "CHECK_NO_TLS");
}

// ---- The command

int exit_of(const std::string& arguments) {
  const std::string program = std::string(std::getenv("CLIFFHANGER_BUILD_DIR")) + "/bin/cliffhanger-media";
  const int status = std::system(("'" + program + "' check " + arguments + " >/dev/null 2>&1").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(CheckCommand, SaysByItsExitCodeHowItWent) {
  const TempFolder folder;
  cf::made::Files files = cf::made::Made().files();
  write_all(folder, files);
  EXPECT_EQ(exit_of("'" + folder.path("") + "'"), 0);
  EXPECT_EQ(exit_of("--json '" + folder.path("main.m3u8") + "'"), 0);
  std::filesystem::remove(folder.path("v540/2.m4s"));
  EXPECT_EQ(exit_of("'" + folder.path("") + "'"), 1);
  EXPECT_EQ(exit_of("'" + folder.path("v540/init.mp4") + "'"), 2);
  EXPECT_EQ(exit_of("'" + folder.path("nothing") + "'"), 2);
  EXPECT_EQ(exit_of("https://localhost/main.m3u8"), 2);
  EXPECT_EQ(exit_of(""), 64);
  EXPECT_EQ(exit_of("a b"), 64);
  EXPECT_EQ(exit_of("--yaml a"), 64);
}

}  // namespace
}  // namespace cliffhanger::media::testing
