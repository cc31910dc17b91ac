#include "services/transcode/domain/dash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/property_tree/xml_parser.hpp>
#include <map>
#include <sstream>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

namespace pt = boost::property_tree;

// The manifest, read back by a parser that refuses what isn't well formed.
pt::ptree parsed(const Playlist& manifest) {
  std::istringstream text(manifest.text);
  pt::ptree out;
  pt::read_xml(text, out, pt::xml_parser::trim_whitespace);
  return out.get_child("MPD");
}

std::string at(const pt::ptree& node, const std::string& attribute) {
  return node.get<std::string>("<xmlattr>." + attribute, "");
}

std::map<std::string, pt::ptree> sets(const pt::ptree& mpd) {
  std::map<std::string, pt::ptree> out;
  for (const auto& [name, node] : mpd.get_child("Period")) {
    if (name == "AdaptationSet") out[at(node, "contentType")] = node;
  }
  return out;
}

std::vector<pt::ptree> children(const pt::ptree& node, const std::string& wanted) {
  std::vector<pt::ptree> out;
  for (const auto& [name, child] : node) {
    if (name == wanted) out.push_back(child);
  }
  return out;
}

// Every segment's duration in seconds.
std::vector<double> durations(const pt::ptree& set) {
  const pt::ptree& segments = set.get_child("SegmentTemplate");
  const double timescale = std::stod(at(segments, "timescale"));
  std::vector<double> out;
  for (const pt::ptree& s : children(segments.get_child("SegmentTimeline"), "S")) {
    const int repeated = s.get<int>("<xmlattr>.r", 0);
    for (int i = 0; i <= repeated; ++i) out.push_back(std::stod(at(s, "d")) / timescale);
  }
  return out;
}

double seconds(const std::string& text) {
  EXPECT_TRUE(text.starts_with("PT") && text.ends_with("S")) << text;
  return std::stod(text.substr(2));
}

TEST(Dash, SaysWhatTheSegmentsAre) {
  const Plan plan = *make_plan(fixture::probe(1080, 1920, {30000, 1001}, 1800));
  const Assembly assembly(fixture::all_pieces(plan));
  const auto mpd = parsed(dash_manifest(plan, assembly));
  EXPECT_EQ(at(mpd, "profiles"), "urn:mpeg:dash:profile:isoff-live:2011");
  EXPECT_EQ(at(mpd, "type"), "static");
  auto found = sets(mpd);
  ASSERT_EQ(found.size(), 3U);
  const pt::ptree& video = found["video"];
  EXPECT_EQ(at(video, "segmentAlignment"), "true");
  EXPECT_EQ(at(video, "startWithSAP"), "1");
  EXPECT_EQ(at(video, "frameRate"), "30000/1001");
  EXPECT_EQ(at(video, "par"), "9:16");
  const auto rungs = children(video, "Representation");
  ASSERT_EQ(rungs.size(), plan.rungs.size());
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    EXPECT_EQ(at(rungs[i], "id"), plan.rungs[i].name);
    EXPECT_EQ(at(rungs[i], "width"), std::to_string(plan.rungs[i].width));
    EXPECT_EQ(at(rungs[i], "codecs"), "avc1.64001f");
    EXPECT_EQ(std::stoll(at(rungs[i], "bandwidth")), track_bitrate(plan, assembly, plan.rungs[i].name).peak);
  }
  const auto sound = children(found["audio"], "Representation");
  ASSERT_EQ(sound.size(), 1U);
  EXPECT_EQ(at(sound[0], "id"), "audio");
  EXPECT_EQ(at(sound[0], "codecs"), "mp4a.40.2");
  const auto thumbnails = children(found["image"], "Representation");
  ASSERT_EQ(thumbnails.size(), 1U);
  EXPECT_EQ(at(thumbnails[0].get_child("EssentialProperty"), "value"), "10x4");  // 31 of them
}

// The names that a template makes are those of the revision's objects, all of them.
TEST(Dash, NamesEveryObjectOfThePlaylists) {
  const Plan plan = *make_plan(fixture::probe(360, 640, {25, 1}, 1000));
  const Assembly assembly(fixture::all_pieces(plan));
  const auto finished_one = finished(plan, assembly, variants(plan, assembly));
  std::set<std::string> known, named;
  for (const Media& media : finished_one.media) known.insert(media.name);
  for (const auto& [type, set] : sets(parsed(dash_manifest(plan, assembly)))) {
    const pt::ptree& segments = set.get_child("SegmentTemplate");
    if (type == "image") {
      EXPECT_EQ(at(segments, "media"), "$RepresentationID$/$Number$.jpg");
      named.insert("storyboard/0.jpg");
      continue;
    }
    EXPECT_EQ(at(segments, "initialization"), "$RepresentationID$/init.mp4");
    EXPECT_EQ(at(segments, "media"), "$RepresentationID$/$Number$.m4s");
    EXPECT_EQ(at(segments, "startNumber"), "0");
    for (const pt::ptree& one : children(set, "Representation")) {
      named.insert(at(one, "id") + "/init.mp4");
      for (std::size_t i = 0; i < durations(set).size(); ++i)
        named.insert(at(one, "id") + "/" + std::to_string(i) + ".m4s");
    }
  }
  for (const std::string& name : named) EXPECT_TRUE(known.contains(name)) << name;
  EXPECT_TRUE(std::any_of(finished_one.playlists.begin(), finished_one.playlists.end(),
                          [](const Playlist& one) { return one.name == kDashManifest; }));
}

TEST(Dash, TotalsAreEqual) {
  for (const media::FrameRate rate : {media::FrameRate{24000, 1001}, {30, 1}, {25, 2}, {60, 1}}) {
    for (const std::int64_t frames : {1, 70, 43157}) {
      const Plan plan = *make_plan(fixture::probe(720, 1280, rate, frames));
      const media::Grid grid = grid_of(plan);
      const auto mpd = parsed(dash_manifest(plan, Assembly(fixture::all_pieces(plan))));
      EXPECT_NEAR(seconds(at(mpd, "mediaPresentationDuration")), grid.duration(), 1e-5);
      auto found = sets(mpd);
      double picture = 0, sound = 0;
      for (const double one : durations(found["video"])) picture += one;
      for (const double one : durations(found["audio"])) sound += one;
      EXPECT_NEAR(picture, grid.duration(), 1e-5);
      EXPECT_NEAR(sound, grid.duration(), 1024.0 / 48000);
      EXPECT_EQ(durations(found["video"]).size(), durations(found["audio"]).size());
    }
  }
}

// What @bandwidth and @minBufferTime promise together (23009-1, 5.3.5.2), from any segment on.
TEST(Dash, NobodyRunsDryAtTheDeclaredBandwidth) {
  const Plan plan = *make_plan(fixture::probe(540, 960, {30, 1}, 30 * 61));
  std::vector<Piece> pieces = fixture::all_pieces(plan);
  for (Piece& piece : pieces) {
    if (piece.name.index >= 0) piece.bytes = 10'000 + piece.bytes * (piece.name.index * 7 % 5) / 4;
  }
  const Assembly assembly(pieces);
  const auto mpd = parsed(dash_manifest(plan, assembly));
  const double buffer = seconds(at(mpd, "minBufferTime"));
  for (const auto& [type, set] : sets(mpd)) {
    if (type == "image") continue;
    const auto lasts = durations(set);
    for (const pt::ptree& one : children(set, "Representation")) {
      const double bandwidth = std::stod(at(one, "bandwidth"));
      for (std::size_t first = 0; first < lasts.size(); ++first) {
        double bits = 0, played = 0;
        for (std::size_t i = first; i < lasts.size(); ++i) {
          bits += static_cast<double>(assembly.find(at(one, "id"), static_cast<std::int64_t>(i))->bytes) * 8;
          EXPECT_LE(bits, bandwidth * (buffer + played)) << at(one, "id") << " from " << first << " to " << i;
          played += lasts[i];
        }
      }
    }
  }
}

TEST(Dash, WhatComesFromTheMediaProgramIsEscaped) {
  const Plan plan = *make_plan(fixture::probe(360, 640, {30, 1}, 300));
  auto pieces = fixture::all_pieces(plan);
  for (Piece& piece : pieces) {
    if (piece.name == PieceName{"audio", kInit}) piece.codecs = "a\"><&b";
  }
  auto found = sets(parsed(dash_manifest(plan, Assembly(pieces))));
  EXPECT_EQ(at(children(found["audio"], "Representation")[0], "codecs"), "a\"><&b");
}

}  // namespace
}  // namespace cliffhanger::transcode
