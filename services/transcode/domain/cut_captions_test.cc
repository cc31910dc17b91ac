#include "services/transcode/domain/cut_captions.h"

#include <gmock/gmock.h>

#include <set>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Film {
  explicit Film(std::int64_t frames)
      : plan(*make_plan(fixture::probe(360, 640, {30, 1}, frames))), assembly(fixture::all_pieces(plan)) {}
  Stretch part(std::int64_t from_ms, std::int64_t to_ms) const {
    return {&plan, &assembly, "0/", from_ms, to_ms};
  }
  Plan plan;
  Assembly assembly;
};

const NameOf kName = [](std::string_view text) { return std::to_string(text.size()); };

captions::Cue cue(std::int64_t from, std::int64_t to, const std::string& text) {
  captions::Cue out;
  out.start_ms = from;
  out.end_ms = to;
  out.text = text;
  return out;
}

const std::vector<CaptionsTrack> kFirst = {
    {"en", "English", CaptionsKind::kCaptions, {cue(1000, 3000, "one"), cue(39'000, 41'500, "late")}}};
const std::vector<CaptionsTrack> kSecond = {
    {"de", "Deutsch", CaptionsKind::kSubtitles, {cue(4500, 9000, "lang")}},
    {"en", "Other", CaptionsKind::kSubtitles, {cue(0, 60'000, "always")}}};

TEST(CutCaptions, EveryLanguageOfAnyFilmWithTheNameOfTheFirst) {
  const auto made = cut_captions({&kFirst, &kSecond, &kFirst});
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].track.language, "de");
  EXPECT_EQ(made[0].cues,
            (std::vector<const std::vector<captions::Cue>*>{nullptr, &kSecond[0].cues, nullptr}));
  EXPECT_EQ(made[1].track.label, "English");
  EXPECT_EQ(made[1].track.kind, CaptionsKind::kCaptions);
  EXPECT_EQ(made[1].cues[1], &kSecond[1].cues);
}

// Each segment belongs to one film and has its times; what goes on over a join is cut there.
TEST(CutCaptions, SegmentsEndAtJoinsAndCuesHaveTheTimesOfTheirFilm) {
  const Film film(30 * 60);
  const std::vector<Stretch> stretches = {film.part(2000, 40'000), film.part(4000, 8000)};
  const auto all = cut_captions({&kFirst, &kSecond});
  const auto files = cut_caption_files(stretches, all[1], kName);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 4U);  // 30 s, 8 s, 4 s, and the playlist
  const std::string map = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000000,LOCAL:02:46:40.000\n";
  EXPECT_EQ((*files)[0].text, map + "\n00:00:02.000 --> 00:00:03.000\none\n");
  EXPECT_EQ((*files)[1].text, map + "\n00:00:39.000 --> 00:00:40.000\nlate\n");
  EXPECT_EQ((*files)[2].text, map + "\n00:00:04.000 --> 00:00:08.000\nalways\n");
  const auto name = [&](std::size_t i) {
    return (*files)[i].name.substr(std::string("captions/en/").size());
  };
  EXPECT_EQ(files->back().name, "captions/en/captions.m3u8");
  EXPECT_EQ(
      files->back().text,
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:30\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:30.000000,\n" +
          name(0) + "\n#EXTINF:8.000000,\n" + name(1) + "\n#EXT-X-DISCONTINUITY\n#EXTINF:4.000000,\n" +
          name(2) + "\n#EXT-X-ENDLIST\n");
}

TEST(CutCaptions, AFilmWithoutTheLanguageSaysNothing) {
  const Film film(30 * 60);
  const auto all = cut_captions({&kFirst, &kSecond});
  const auto files = cut_caption_files({film.part(0, 4000), film.part(4000, 8000)}, all[0], kName);
  ASSERT_TRUE(files);
  EXPECT_THAT((*files)[0].text, Not(HasSubstr("-->")));
  EXPECT_THAT((*files)[1].text, HasSubstr("lang"));
}

TEST(CutCaptions, ForDashTimesCountFromTheStretch) {
  const Film film(30 * 60);
  const auto file = whole_cut_captions(film.part(2000, 40'000), cut_captions({&kFirst})[0], kName);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text,
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\none\n\n00:00:37.000 --> 00:00:38.000\nlate\n");
  EXPECT_THAT(file->name, testing::StartsWith("captions/en/"));
  EXPECT_EQ(whole_cut_captions(film.part(70'000, 80'000), cut_captions({&kFirst})[0], kName).error().reason,
            "REUSE_RANGE");
}

// What was written says the same again: also of cues that go on over segments, or come together.
TEST(CutCaptions, AreReadBackAsTheyWereWritten) {
  const Film film(30 * 80);
  const std::vector<CaptionsTrack> tracks = {
      {"en", "", CaptionsKind::kSubtitles,
       {cue(500, 70'000, "a &amp; b"), cue(3000, 4000, "x"), cue(3000, 4000, "z"), cue(31'000, 33'500, "<i>y</i>")}}};
  const std::vector<Stretch> stretches = {film.part(0, 80'000), film.part(10'000, 12'000), film.part(30'000, 34'000)};
  const auto captions = cut_captions({&tracks, &tracks, &tracks});
  const auto files = cut_caption_files(stretches, captions[0], kName);
  ASSERT_TRUE(files);
  std::set<std::string> taken;
  const auto read = [&](const std::string& uri) -> Result<std::string> {
    taken.insert(uri);
    for (const Playlist& file : *files)
      if (file.name == "captions/en/" + uri) return file.text;
    return fail(not_found("OBJECT_NOT_FOUND", uri));
  };
  const auto back = cues_of_stretches(files->back().text, {true, false, true}, read);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), 3U);
  EXPECT_EQ((*back)[0].size(), 4U);
  EXPECT_TRUE((*back)[1].empty()) << "nobody asked for it";
  for (const std::string& uri : taken) EXPECT_FALSE(uri.starts_with("3-")) << uri;
  std::vector<CaptionsTrack> first = tracks, third = tracks;
  first[0].cues = (*back)[0], third[0].cues = (*back)[2];
  const auto again = cut_captions({&first, &tracks, &third});
  const auto rewritten = cut_caption_files(stretches, again[0], kName);
  ASSERT_TRUE(rewritten);
  for (std::size_t i = 0; i < files->size(); ++i) EXPECT_EQ((*rewritten)[i].text, (*files)[i].text);
  // Of other stretches it is no text of this cut.
  EXPECT_EQ(cues_of_stretches(files->back().text, {true, true}, read).error().reason, "BAD_RECORD");
  EXPECT_EQ(cues_of_stretches(files->back().text, {true, true, true, true}, read).error().reason, "BAD_RECORD");
}

}  // namespace
}  // namespace cliffhanger::transcode
