#include "services/transcode/domain/dubs_playlist.h"

#include <gmock/gmock.h>

#include "services/transcode/domain/dash.h"
#include "services/transcode/domain/dubs.h"
#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kSecond = 30;

class DubsPlaylistTest : public testing::Test {
 protected:
  DubsPlaylistTest()
      : plan_(with_tail_like_head(make_plan(fixture::probe(1080, 1920, {30, 1}, 9 * kSecond)).value())),
        assembly_(fixture::all_pieces(plan_)) {
    for (const Playlist& one : finished(plan_, assembly_, variants(plan_, assembly_)).playlists) {
      if (one.name == "main.m3u8") main_ = one.text;
      if (one.name == "main.mpd") manifest_ = one.text;
    }
  }
  DubTrack track(const std::string& language, const std::string& label, std::int64_t peak = 1000) {
    return {language, label, dub_folder(language, SourceId(Uuid::from_name(language))), "mp4a.40.2",
            {peak, peak / 2}, {}};
  }
  std::string with(const std::vector<DubTrack>& tracks, std::string_view text) {
    return with_dubs(text, tracks, {[this](std::string_view rung) { return track_bitrate(plan_, assembly_, rung); },
                                    track_bitrate(plan_, assembly_, kAudio)});
  }
  // The figures of the variants, in order.
  static std::vector<std::int64_t> figures(const std::string& text, const std::string& name) {
    std::vector<std::int64_t> out;
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += name.size())
      out.push_back(std::stoll(text.substr(at + name.size())));
    return out;
  }
  Plan plan_;
  Assembly assembly_;
  std::string main_, manifest_;
};

TEST_F(DubsPlaylistTest, AQuietOneChangesNoFigure) {
  const std::string text = with({track("es", "Español")}, main_);
  const std::string tag =
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Español\",LANGUAGE=\"es\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"2\","
      "URI=\"dubs/es/audio.m3u8\"\n";
  EXPECT_THAT(text, HasSubstr("URI=\"audio/audio.m3u8\"\n" + tag));
  std::string without = text;
  without.erase(without.find(tag), tag.size());
  EXPECT_EQ(without, main_);
}

TEST_F(DubsPlaylistTest, TheLargestSoundCountsInEveryVariantAndNothingElseChanges) {
  const Bitrate original = track_bitrate(plan_, assembly_, kAudio);
  const std::string text = with({track("es", "Español", 500'000), track("fr", "Français", 700'000)}, main_);
  for (const auto& [name, more] : {std::pair<std::string, std::int64_t>("INF:BANDWIDTH=", 700'000 - original.peak),
                                   {"AVERAGE-BANDWIDTH=", 350'000 - original.average}}) {
    const auto before = figures(main_, name), after = figures(text, name);
    ASSERT_EQ(before.size(), after.size());
    // The first ones are those of whole variants, which I-frame streams follow; those have no sound.
    for (std::size_t i = 0; i < before.size(); ++i)
      EXPECT_EQ(after[i], i < plan_.rungs.size() ? before[i] + more : before[i]) << name << i;
  }
  EXPECT_EQ(with({}, text), main_) << "what is taken away leaves no trace";
  EXPECT_EQ(with({track("es", "Español")}, text), with({track("es", "Español")}, main_));
}

TEST_F(DubsPlaylistTest, AnotherPlaylistOfTheFilmGetsTheSame) {
  const std::string own = with({track("es", "Español", 500'000)}, main_);
  EXPECT_EQ(dub_lists(own), std::vector<std::string>{"dubs/es/audio.m3u8"});
  EXPECT_TRUE(dub_lists(main_).empty());
  const Measured measured{[this](std::string_view rung) { return track_bitrate(plan_, assembly_, rung); },
                          {500'000, 250'000}};
  EXPECT_EQ(with_dubs_of(main_, own, measured), own);
  EXPECT_EQ(with_dubs_of(own, own, measured), own);
}

TEST_F(DubsPlaylistTest, NamesDiffer) {
  const std::string text = with({track("es", "Original"), track("fr", "Voz"), track("pt-BR", "Voz")}, main_);
  EXPECT_THAT(text, HasSubstr("NAME=\"Original (es)\""));
  EXPECT_THAT(text, HasSubstr("NAME=\"Voz\",LANGUAGE=\"fr\""));
  EXPECT_THAT(text, HasSubstr("NAME=\"Voz (pt-BR)\""));
}

TEST_F(DubsPlaylistTest, ThePlaylistLeadsToTheSegmentsOfOneUpload) {
  DubTrack one = track("es", "Español");
  const std::string source = SourceId(Uuid::from_name("es")).text();
  one.protection = {Encryption::kSampleAes, std::string(32, 'a'), std::string(32, 'b')};
  const Playlist list = dub_playlist(grid_of(plan_), one);
  EXPECT_EQ(list.name, "dubs/es/audio.m3u8");
  EXPECT_THAT(list.text, HasSubstr("#EXT-X-MAP:URI=\"" + source + "/init.mp4\"\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"../../key\""));
  EXPECT_THAT(list.text, HasSubstr(",\n" + source + "/0.m4s\n"));
  EXPECT_THAT(list.text, HasSubstr("#EXT-X-ENDLIST"));
}

TEST_F(DubsPlaylistTest, DashHasASetOfItsLanguage) {
  const std::string text = with_dub_sets(manifest_, grid_of(plan_), {track("es", "A & B")});
  EXPECT_THAT(text, HasSubstr("    <AdaptationSet contentType=\"audio\" lang=\"es\""));
  EXPECT_THAT(text, HasSubstr("<Label>A &amp; B</Label><Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"dub\"/>"));
  EXPECT_THAT(text, HasSubstr("media=\"" + dub_folder("es", SourceId(Uuid::from_name("es"))) + "$Number$.m4s\""));
  EXPECT_EQ(with_dub_sets(text, grid_of(plan_), {}), manifest_);
}

TEST(KeyTagTest, IsReadAsItWasWritten) {
  for (const Encryption method : {Encryption::kSampleAes, Encryption::kAes128}) {
    const Protection is{method, method == Encryption::kAes128 ? "" : std::string(32, 'c'), std::string(32, 'd')};
    const auto read = parse_key_tag("#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n" + key_tag(is, "../") + "#EXTINF:2,\n0.m4s\n");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->method, method);
    EXPECT_EQ(read->iv, is.iv);
    EXPECT_EQ(read->key_id, is.key_id);
  }
  EXPECT_EQ(parse_key_tag("#EXTM3U\n")->method, Encryption::kNone);
  EXPECT_EQ(parse_key_tag("#EXT-X-KEY:METHOD=AES-128,URI=\"https://elsewhere/\"\n").error().reason, "BAD_RECORD");
}

TEST(DubsTest, MayBeATenthOrFiveSecondsOff) {
  EXPECT_EQ(check_length(60'000, 60'000).value(), "");
  EXPECT_EQ(check_length(60'200, 60'000).value(), "");
  EXPECT_EQ(check_length(54'000, 60'000).value(), "");
  EXPECT_THAT(check_length(66'000, 60'000).value(), HasSubstr("6.0 s"));
  EXPECT_EQ(check_length(66'001, 60'000).error().reason, "DUB_LENGTH");
  EXPECT_THAT(check_length(30'000, 60'000).error().message, HasSubstr("30.0 s shorter than the episode"));
  EXPECT_TRUE(check_length(8'000, 3'000));
  EXPECT_FALSE(check_length(8'001, 3'000));
}

TEST(DubsTest, ARecipeNamesWhatMakesTheBytes) {
  const Plan plan = make_plan(fixture::probe(1080, 1920, {30, 1}, 9 * kSecond)).value();
  Dub dub;
  dub.source = SourceId(Uuid::from_name("a"));
  dub.sha256 = "aa";
  const auto recipes = dub_recipes(plan, dub);
  ASSERT_EQ(static_cast<std::int64_t>(recipes.size()), grid_of(plan).segments() + 1);
  for (const Recipe& one : recipes) EXPECT_EQ(one.name.track, dub_track(dub.source));
  Dub again = dub;
  again.source = SourceId(Uuid::from_name("b"));
  EXPECT_EQ(dub_recipes(plan, again)[1].text, recipes[1].text) << "the same file is not encoded again";
  again.sha256 = "bb";
  EXPECT_NE(dub_recipes(plan, again)[1].text, recipes[1].text);
  const auto one = secret_recipes(recipes, dub.source, Encryption::kSampleAes, "r1");
  const auto two = secret_recipes(recipes, dub.source, Encryption::kSampleAes, "r2");
  EXPECT_NE(one[1].text, two[1].text) << "a key is of one revision";
  EXPECT_TRUE(is_dub(one[1].name.track));
  EXPECT_FALSE(is_dub(kAudio));
  EXPECT_EQ(dub_of(dub_run(dub.source)).value(), dub.source);
}

}  // namespace
}  // namespace cliffhanger::transcode
