#include "services/transcode/domain/cut_presentation.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "services/transcode/domain/fixture.h"
#include "services/transcode/domain/storyboard.h"

namespace cliffhanger::transcode {
namespace {

struct Film {
  explicit Film(std::int64_t frames, media::FrameRate rate = {30, 1}, int width = 360, int height = 640,
                const Protection& protection = {})
      : plan(*make_plan(fixture::probe(width, height, rate, frames))),
        assembly(fixture::all_pieces(plan), protection) {}
  Stretch part(std::int64_t from_ms, std::int64_t to_ms, const std::string& folder = "0/") const {
    return {&plan, &assembly, folder, from_ms, to_ms};
  }
  Plan plan;
  Assembly assembly;
};

double total(const std::string& playlist) {
  std::istringstream lines(playlist);
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#EXTINF:")) sum += std::stod(line.substr(8));
  }
  return sum;
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++out;
  return out;
}

std::map<std::string, std::string> texts_of(const Presentation& made) {
  std::map<std::string, std::string> out;
  for (const Playlist& playlist : made.playlists) out[playlist.name] = playlist.text;
  return out;
}

// Every name that a text leads to, as seen from the main playlist; those of other texts left out.
std::set<std::string> named(const std::map<std::string, std::string>& texts) {
  std::set<std::string> out;
  for (const auto& [name, text] : texts) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (name == "main.mpd") {
        for (const std::string_view key : {"media=\"", "sourceURL=\""}) {
          const auto at = line.find(key);
          if (at != std::string::npos && line.find('$') == std::string::npos)  // sheets are named by storyboard.vtt
            out.insert(line.substr(at + key.size(), line.find('"', at + key.size()) - at - key.size()));
        }
        continue;
      }
      const auto uri = line.find("URI=\"");
      std::string at =
          uri != std::string::npos ? line.substr(uri + 5, line.find('"', uri + 5) - uri - 5)
          : line.empty() || line[0] == '#' || line.find("-->") != std::string::npos || line == "WEBVTT"
              ? ""
              : line.substr(0, line.find('#'));
      if (at.starts_with("../")) at = at.substr(3);
      if (!at.empty() && !texts.contains(at)) out.insert(at);
    }
  }
  return out;
}

TEST(CutPresentation, HasWhatAnyFinishedRevisionHas) {
  const Film one(30 * 20, {30, 1}, 1080, 1920), two(30 * 20, {30, 1}, 540, 960);
  const auto made =
      cut_presentation({one.part(0, 6000), two.part(4000, 8000, "1/"), one.part(10'000, 12'000)});
  ASSERT_TRUE(made) << made.error().reason;
  const auto texts = texts_of(*made);
  // What both have: 540, 360 and 180, the default first.
  const std::string& main = texts.at("main.m3u8");
  EXPECT_LT(main.find("v540/video.m3u8"), main.find("v360/video.m3u8"));
  EXPECT_EQ(main.find("v1080"), std::string::npos);
  EXPECT_NE(main.find("RESOLUTION=540x960,FRAME-RATE=30.000,AUDIO=\"audio\""), std::string::npos) << main;
  EXPECT_NE(main.find("CODECS=\"avc1.64001f,mp4a.40.2\""), std::string::npos) << main;
  EXPECT_EQ(count(main, "#EXT-X-I-FRAME-STREAM-INF"), 3U);
  for (const char* list : {"v540/video.m3u8", "v540/iframes.m3u8", "v180/video.m3u8", "v180/iframes.m3u8"}) {
    EXPECT_NEAR(total(texts.at(list)), 12, 1e-6) << list;
    EXPECT_EQ(count(texts.at(list), "#EXT-X-DISCONTINUITY\n"), 2U) << list;
    EXPECT_EQ(count(texts.at(list), "#EXT-X-MAP"), 3U) << list;
  }
  EXPECT_NEAR(total(texts.at("audio/audio.m3u8")), 12, 2 * 1024.0 / 48000);
  EXPECT_NEAR(total(texts.at("preview.m3u8")), 4, 1e-6);
  EXPECT_EQ(count(texts.at("main.mpd"), "<Period "), 3U);
  EXPECT_NE(texts.at("main.mpd").find("mediaPresentationDuration=\"PT12.000000S\""), std::string::npos);
  for (const char* list : {"v540/video.m3u8", "audio/audio.m3u8"})
    EXPECT_NE(texts.at(list).find("#EXT-X-TARGETDURATION:4\n"), std::string::npos) << list;
  // Every name that a text leads to is an object, and no other is.
  std::set<std::string> objects;
  for (const Media& media : made->media) {
    EXPECT_TRUE(objects.insert(media.name).second) << media.name;
    EXPECT_FALSE(media.object_key.empty());
  }
  EXPECT_EQ(objects, named(texts));
  // The declared rate is that of the parts that are taken: pictures of 4000 bytes.
  const auto bandwidth = std::stoll(main.substr(main.find("BANDWIDTH=") + 10));
  EXPECT_NEAR(static_cast<double>(bandwidth), 4000 * 8 * 30 + 95'000, 3000);
}

TEST(CutPresentation, TakesOnlyWhatItShows) {
  const Film film(30 * 60);
  const std::vector<Stretch> stretches = {film.part(10'000, 14'000), film.part(12'000, 20'000)};
  const auto names = needed(stretches);
  ASSERT_TRUE(names);
  std::set<std::string> taken;
  for (const auto& one : *names) {
    for (const PieceName& name : one) {
      if (name.track == "v360") taken.insert(std::to_string(name.index));
    }
  }
  EXPECT_EQ(taken, (std::set<std::string>{"-1", "3", "4", "5"}));
  const auto made = cut_presentation(stretches);
  for (const Media& media : made->media) EXPECT_NE(media.name, "0/v360/0.m4s");
}

// A film with dubs in these languages.
Assembly dubbed(const Film& film, const std::vector<std::string>& languages) {
  std::vector<Piece> pieces = film.assembly.in_order();
  for (const std::string& language : languages) {
    for (Piece piece : film.assembly.in_order()) {
      if (piece.name.track != kAudio) continue;
      piece.name.track = sound_track(language);
      piece.object_key += "-" + language;
      piece.bytes *= 2;
      for (media::GopRange& gop : piece.gops) gop.offset *= 2, gop.bytes *= 2, gop.size *= 2;
      pieces.push_back(std::move(piece));
    }
  }
  return Assembly(std::move(pieces));
}

TEST(CutPresentation, IsHeardInLanguagesThatAllOfItHas) {
  const Film one(30 * 20), two(30 * 20);
  const Assembly first = dubbed(one, {"de", "es", "fr"}), second = dubbed(two, {"es", "fr", "it"});
  std::vector<Stretch> stretches = {one.part(2000, 6000), two.part(6000, 8000, "1/")};
  const auto bare = cut_presentation(stretches);
  stretches[0].assembly = &first, stretches[1].assembly = &second;
  EXPECT_EQ(common_dubs(stretches), (std::vector<std::string>{"es", "fr"}));
  const auto made = cut_presentation(stretches, {{"es", "Español"}, {"fr", "Original"}});
  ASSERT_TRUE(made) << made.error().reason;
  const auto texts = texts_of(*made);
  const std::string& main = texts.at("main.m3u8");
  EXPECT_NE(main.find("GROUP-ID=\"audio\",NAME=\"Español\",LANGUAGE=\"es\",DEFAULT=NO,AUTOSELECT=YES,"
                      "CHANNELS=\"2\",URI=\"sound-es/audio.m3u8\"\n"),
            std::string::npos)
      << main;
  EXPECT_NE(main.find("NAME=\"Original (fr)\""), std::string::npos) << "names differ within a group";
  EXPECT_EQ(main.find("sound-de"), std::string::npos);
  const std::string& list = texts.at("sound-es/audio.m3u8");
  EXPECT_EQ(count(list, "#EXT-X-DISCONTINUITY\n"), 1U);
  EXPECT_NE(list.find("../1/sound-es/"), std::string::npos) << list;
  EXPECT_NEAR(total(list), total(texts.at("audio/audio.m3u8")), 1e-6);
  // The figures are those of the largest sound.
  const auto bandwidth = [](const std::string& text) { return std::stoll(text.substr(text.find("BANDWIDTH=") + 10)); };
  EXPECT_GT(bandwidth(main), bandwidth(texts_of(*bare).at("main.m3u8")) + 90'000);
  const std::string& manifest = texts.at("main.mpd");
  EXPECT_EQ(count(manifest, " lang=\"es\""), 2U) << "one a period";
  EXPECT_EQ(count(manifest, "value=\"dub\""), 4U);
  std::set<std::string> objects;
  for (const Media& media : made->media) objects.insert(media.name);
  EXPECT_EQ(objects, named(texts));
  const auto taken = needed(stretches);
  ASSERT_TRUE(taken);
  for (const auto& names : *taken)
    for (const PieceName& name : names) EXPECT_NE(name.track, "sound-de");
}

TEST(CutPresentation, HasHevcWhereAllOfItHas) {
  Film one(30 * 20), two(30 * 20);
  const auto with_hevc = [](Film& film) {
    film.plan = *make_plan(fixture::probe(1080, 1920, {30, 1}, 30 * 20), Hevc::kAdd);
    film.assembly = Assembly(fixture::all_pieces(film.plan));
  };
  with_hevc(one);
  std::vector<Stretch> stretches = {one.part(2000, 6000), two.part(0, 2000, "1/")};
  EXPECT_TRUE(common_hevc(stretches).empty());
  with_hevc(two);
  ASSERT_EQ(common_hevc(stretches).size(), 3U);
  const auto made = cut_presentation(stretches);
  ASSERT_TRUE(made) << made.error().reason;
  const auto texts = texts_of(*made);
  const std::string& main = texts.at("main.m3u8");
  EXPECT_LT(main.find("v180/video.m3u8"), main.find("h1080/video.m3u8")) << "H.264 first";
  EXPECT_NE(main.find("URI=\"h540/iframes.m3u8\""), std::string::npos);
  EXPECT_EQ(count(texts.at("main.mpd"), "<AdaptationSet id=\"100\""), 2U);
  std::set<std::string> objects;
  for (const Media& media : made->media) objects.insert(media.name);
  EXPECT_EQ(objects, named(texts));
}

// A cut that was taken before cuts had HEVC, of films that have it.
TEST(CutPresentation, GoesWithoutHevcThatWasNotTaken) {
  const Plan plan = *make_plan(fixture::probe(1080, 1920, {30, 1}, 30 * 20), Hevc::kAdd);
  std::vector<Piece> all = fixture::all_pieces(plan), some = all, h264 = all;
  std::erase_if(some, [](const Piece& piece) { return piece.name.track == "h540" && piece.name.index == 0; });
  std::erase_if(h264, [](const Piece& piece) { return piece.name.track.starts_with("h"); });
  const Assembly whole(all), without_one(some), without(h264);
  const Stretch first{&plan, &whole, "0/", 0, 4000};
  const auto made = cut_presentation({first, {&plan, &without, "1/", 0, 4000}});
  ASSERT_TRUE(made) << made.error().reason;
  const auto texts = texts_of(*made);
  EXPECT_NE(texts.at("main.m3u8").find("v540/video.m3u8"), std::string::npos);
  EXPECT_EQ(texts.at("main.m3u8").find("URI=\"h"), std::string::npos);
  EXPECT_EQ(texts.at("main.mpd").find("<AdaptationSet id=\"100\""), std::string::npos);
  for (const Media& media : made->media) EXPECT_EQ(media.name.find("/h"), std::string::npos) << media.name;
  const auto rungs = common_hevc({first, {&plan, &without_one, "1/", 0, 4000}});
  ASSERT_EQ(rungs.size(), 2U);
  for (const media::Rung& rung : rungs) EXPECT_NE(rung.name, "h540");
}

TEST(CutPresentation, TheStoryboardFollowsTheCut) {
  const Film one(30 * 20), two(30 * 7);
  const auto made = cut_presentation({one.part(6000, 10'000), two.part(4000, 7000, "1/")});
  ASSERT_TRUE(made);
  const std::string track = texts_of(*made).at(std::string(kStoryboardTrack));
  EXPECT_NE(track.find("\n00:00:00.000 --> 00:00:02.000\n0/storyboard/0.jpg#xywh=" +
                       std::to_string(3 * one.plan.storyboard.width) + ","),
            std::string::npos)
      << track;
  EXPECT_NE(track.find("\n00:00:04.000 --> 00:00:06.000\n1/storyboard/0.jpg"), std::string::npos) << track;
  EXPECT_NE(track.find("\n00:00:06.000 --> 00:00:07.000\n1/storyboard/0.jpg"), std::string::npos) << track;
  EXPECT_EQ(count(track, " --> "), 4U);
}

// Elsewhere players take different pictures out of a sheet.
TEST(CutPresentation, ItsManifestHasThumbnailsWhereItBeginsWithASheet) {
  const auto manifest = [](const std::vector<Stretch>& stretches) {
    const auto made = cut_presentation(stretches);
    EXPECT_TRUE(made) << made.error().reason;
    return made ? texts_of(*made).at("main.mpd") : "";
  };
  const Film film(30 * 450), other(30 * 20);
  EXPECT_EQ(count(manifest({film.part(2000, 10'000)}), "contentType=\"image\""), 0U);
  const std::string trim = manifest({film.part(0, 10'000), other.part(0, 4000, "1/"), film.part(0, 4000)});
  const std::string head = trim.substr(0, trim.find("</Period>"));
  EXPECT_EQ(count(trim, "contentType=\"image\""), 1U);
  EXPECT_EQ(count(head, "contentType=\"image\""), 1U) << "in the first period";
  EXPECT_NE(head.find("duration=\"200000\" startNumber=\"0\" media=\"0/$RepresentationID$/$Number$.jpg\""),
            std::string::npos)
      << head;
  EXPECT_NE(manifest({film.part(200'000, 440'000)}).find("startNumber=\"1\" media=\"0/"), std::string::npos);
}

TEST(CutPresentation, EncryptedAsAWholeItHasNoParts) {
  const std::string iv(32, '1'), id(32, '2');
  const Film whole(30 * 20, {30, 1}, 360, 640, {Encryption::kAes128, id, iv});
  const auto made = cut_presentation({whole.part(0, 8000)});
  ASSERT_TRUE(made) << made.error().reason;
  const auto texts = texts_of(*made);
  EXPECT_FALSE(texts.contains("preview.m3u8"));
  EXPECT_FALSE(texts.contains("v360/iframes.m3u8"));
  EXPECT_NE(texts.at("v360/video.m3u8").find("METHOD=AES-128,URI=\"../key\""), std::string::npos);
  EXPECT_EQ(cut_presentation({whole.part(6000, 8000)}).error().reason, "REUSE_ENCRYPTED");
}

TEST(CutPresentation, WhatCantBeIsRefused) {
  const Film film(30 * 20), large(30 * 20, {30, 1}, 2160, 2160);
  EXPECT_EQ(cut_presentation({film.part(0, 1000), large.part(0, 1000, "1/")}).error().reason,
            "REUSE_NOTHING_COMMON");
  EXPECT_EQ(needed({film.part(0, 1000), large.part(0, 1000, "1/")}).error().reason, "REUSE_NOTHING_COMMON");
  EXPECT_EQ(cut_presentation({film.part(2000, 2000)}).error().reason, "REUSE_RANGE");
}

}  // namespace
}  // namespace cliffhanger::transcode
