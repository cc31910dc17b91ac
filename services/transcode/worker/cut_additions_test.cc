// What cuts have beside pictures and sound: captions of their films, dubs, HEVC. Real media, real workers,
// the real gate.
#include <gmock/gmock.h>

#include "services/transcode/worker/cut_world.h"

namespace cliffhanger::transcode {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using CutAdditionsTest = CutWorld;

TEST_F(CutAdditionsTest, SaysWhatItsFilmsSayAndGoesOnSayingIt) {
  const EpisodeId one = film(9), two = film(7), recap = EpisodeId::make(clock_.now(), random_);
  say(one, "en", "00:01.000 --> 00:07.000\nHello\n", "English");
  say(two, "es", "00:01.000 --> 00:03.000\nHola\n");
  work();
  const auto made = cut(recap, {{one, 2000, 4000}, {two, 0, 4000}, {one, 6000, 9000}});
  work();
  const Index served = ready(made.id);
  EXPECT_EQ(left(), 0);
  EXPECT_THAT(object(served, "main.m3u8"),
              HasSubstr("TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"English\",LANGUAGE=\"en\""));
  EXPECT_THAT(object(served, "main.m3u8"), HasSubstr("LANGUAGE=\"es\""));
  EXPECT_THAT(object(served, "captions/es/captions.m3u8"), HasSubstr("#EXT-X-DISCONTINUITY\n#EXTINF:4.0"));
  EXPECT_THAT(object(served, "main.mpd"), Not(HasSubstr("text/vtt"))) << "it has several periods";
  // A film's text changes: so does the cut's, and nothing else of it.
  say(one, "en", "00:01.000 --> 00:07.000\nHullo\n", "English");
  work();
  const Index later = ready(made.id);
  EXPECT_EQ(left(), 0);
  std::string said;
  for (const auto& [name, entry] : later.objects) {
    if (name.ends_with("m4s")) EXPECT_EQ(entry, served.objects.at(name)) << name;
    if (name.starts_with("captions/en/0-") && !served.objects.contains(name)) said += object(later, name);
  }
  EXPECT_THAT(said, HasSubstr("00:00:02.000 --> 00:00:04.000\nHullo\n"));
  // Twice is as once; and who takes captions away takes them away here too.
  say(one, "en", "00:01.000 --> 00:07.000\nHullo\n", "English");
  for (const char* language : {"en", "es"})
    ASSERT_TRUE(captioning([&](Captioning& it) {
      return it.remove(language == std::string("en") ? one : two, std::nullopt, language, false);
    }));
  work();
  EXPECT_THAT(object(ready(made.id), "main.m3u8"), Not(HasSubstr("SUBTITLES")));
}

TEST_F(CutAdditionsTest, TextThatChangesWhileItIsPackagedIsInIt) {
  const EpisodeId one = film(5), trim = EpisodeId::make(clock_.now(), random_);
  say(one, "en", "00:01.000 --> 00:03.000\nHello\n");
  work();
  const auto made = cut(trim, {{one, 0, 4000}});
  int judged = 0;
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) {
    if (++judged == 1) say(one, "en", "00:01.000 --> 00:03.000\nHullo\n");
    return inspect(blobs, whole);
  };
  work();
  EXPECT_GT(judged, 1);
  std::string said;
  for (const auto& [name, entry] : ready(made.id).objects)
    if (name.ends_with(".vtt") && name.starts_with("captions/")) said += object(*index(made.id), name);
  EXPECT_THAT(object(*index(made.id), "main.mpd"), HasSubstr("<Representation id=\"captions-en\"")) << "one period";
  EXPECT_THAT(said, HasSubstr("Hullo"));
  EXPECT_THAT(said, Not(HasSubstr("Hello")));
}

TEST_F(CutAdditionsTest, KeepsTheTextOfAFilmThatIsReplacedAndFollowsTheOthers) {
  const EpisodeId one = film(7), two = film(5), trailer = EpisodeId::make(clock_.now(), random_);
  say(one, "en", "00:01.000 --> 00:03.000\nHello\n");
  say(two, "en", "00:01.000 --> 00:03.000\nBye\n");
  work();
  const auto made = cut(trailer, {{one, 0, 4000}, {two, 0, 4000}});
  work();
  const auto objects = ready(made.id).objects;
  EXPECT_THAT(said(made.id), AllOf(HasSubstr("Hello"), HasSubstr("Bye")));
  // A re-edit, and text that is timed by it: the film shows that, the cut's pictures are still the first film's.
  upload(one, 5);
  say(one, "en", "00:00.000 --> 00:01.000\nHello\n");
  work();
  say(one, "en", "00:00.000 --> 00:01.000\nHullo\n");
  work();
  EXPECT_THAT(said(newest(one).id), HasSubstr("Hullo"));
  EXPECT_EQ(ready(made.id).objects, objects);
  // What another of its films says is new here too, and does not bring that in.
  say(two, "en", "00:01.000 --> 00:03.000\nCiao\n");
  work();
  EXPECT_THAT(said(made.id), AllOf(HasSubstr("00:00:01.000 --> 00:00:03.000\nHello"), HasSubstr("Ciao"),
                                   Not(HasSubstr("Bye")), Not(HasSubstr("Hullo"))));
  for (const auto& [name, entry] : ready(made.id).objects)
    if (name.starts_with("captions/en/0-")) EXPECT_EQ(entry, objects.at(name)) << name;
  EXPECT_EQ(left(), 0);
  // The first film again: what is put now is timed by it.
  upload(one, 7);
  work();
  say(one, "en", "00:01.000 --> 00:03.000\nHullo\n");
  work();
  EXPECT_THAT(said(made.id), AllOf(HasSubstr("00:00:01.000 --> 00:00:03.000\nHullo"), HasSubstr("Ciao")));
}

// The change was asked for before the film was replaced, and is done behind it.
TEST_F(CutAdditionsTest, TextThatComesLateIsNotThatOfTheNextFilm) {
  const EpisodeId one = film(7), trim = EpisodeId::make(clock_.now(), random_);
  say(one, "en", "00:01.000 --> 00:03.000\nHello\n");
  work();
  const auto made = cut(trim, {{one, 0, 4000}});
  work();
  const auto objects = ready(made.id).objects;
  say(one, "en", "00:01.000 --> 00:03.000\nHullo\n");
  upload(one, 5);
  say(one, "en", "00:00.000 --> 00:01.000\nHullo\n");
  work();
  EXPECT_EQ(ready(made.id).objects, objects);
  EXPECT_EQ(left(), 0);
}

// While a film is being replaced cuts are of the old one: with its text, not with that of the next.
TEST_F(CutAdditionsTest, IsMadeWithTextOfTheFilmThatItShows) {
  const EpisodeId one = film(7), two = film(7);
  for (const EpisodeId& episode : {one, two}) say(episode, "en", "00:01.000 --> 00:03.000\nHello\n");
  work();
  for (const EpisodeId& episode : {one, two}) upload(episode, 5);
  say(two, "en", "00:00.000 --> 00:01.000\nHullo\n");
  const auto old = cut(EpisodeId::make(clock_.now(), random_), {{one, 0, 4000}});
  const auto late = cut(EpisodeId::make(clock_.now(), random_), {{two, 0, 4000}});
  work();
  EXPECT_THAT(said(old.id), HasSubstr("Hello"));
  EXPECT_THAT(object(ready(late.id), "main.m3u8"), Not(HasSubstr("SUBTITLES")));
}

TEST_F(CutAdditionsTest, TextThatTheGateRefusesKeepsItFromNobody) {
  const EpisodeId one = film(5), trim = EpisodeId::make(clock_.now(), random_);
  say(one, "en", "00:01.000 --> 00:03.000\nHello\n");
  work();
  const auto made = cut(trim, {{one, 0, 4000}});
  inspect_ = [&](blob::Store& blobs, const Presentation& whole) -> Result<std::vector<std::string>> {
    for (const Media& one : whole.media)
      if (one.name.starts_with("captions/")) return fail(internal("GATE_NOT_CONFORMANT", "Not today."));
    return inspect(blobs, whole);
  };
  work();
  EXPECT_THAT(object(ready(made.id), "main.m3u8"), Not(HasSubstr("SUBTITLES")));
}

TEST_F(CutAdditionsTest, IsHeardInTheLanguagesOfAllItsFilms) {
  const EpisodeId one = film(9), two = film(5), recap = EpisodeId::make(clock_.now(), random_);
  ASSERT_TRUE(hear_dub(one, "es", 9, 700));
  ASSERT_TRUE(hear_dub(two, "es", 5, 800));
  ASSERT_TRUE(hear_dub(one, "de", 9, 900));
  work();
  const std::int64_t encoded = pieces();
  const auto made = cut(recap, {{one, 2000, 8000}, {two, 0, 4000}});
  work();
  const Index served = ready(made.id);
  EXPECT_EQ(pieces(), encoded) << "nothing is encoded";
  EXPECT_THAT(object(served, "main.m3u8"), HasSubstr("NAME=\"Tongue es\",LANGUAGE=\"es\""));
  EXPECT_THAT(object(served, "main.m3u8"), Not(HasSubstr("LANGUAGE=\"de\"")));
  EXPECT_THAT(object(served, "sound-es/audio.m3u8"), HasSubstr("../1/sound-es/0.m4s"));
  // What it says is another sound than the film's own, and stays when the dub goes.
  EXPECT_NE(object(served, "1/sound-es/0.m4s"), object(served, "1/audio/0.m4s"));
  ASSERT_TRUE(dubbing([&](Dubbing& it) { return it.remove(two, std::nullopt, "es"); }));
  work();
  EXPECT_THAT(object(ready(made.id), "main.m3u8"), HasSubstr("LANGUAGE=\"es\""));
  EXPECT_EQ(number("SELECT count(*) FROM revision_piece r LEFT JOIN piece p USING (tenant, piece_key) WHERE "
                   "r.track LIKE '_/sound-es' AND p.piece_key IS NULL"),
            0);
  // Encrypted it is as the rest.
  ASSERT_TRUE(hear_dub(two, "es", 5, 850));
  work();
  const Encryptor encryptor(Encryption::kSampleAes, *blobs_,
                            [](const Call&, const RevisionId&) -> Result<ContentKey> {
                              return ContentKey{"0123456789abcdef", "fedcba9876543210", "vectorvectorvect"};
                            });
  const auto secret = cut(recap, {{one, 2000, 8000}, {two, 0, 4000}});
  work(&encryptor);
  const Index hidden = ready(secret.id);
  EXPECT_THAT(object(hidden, "sound-es/audio.m3u8"), HasSubstr("METHOD=SAMPLE-AES"));
  for (const auto& [name, entry] : hidden.objects) {
    if (name.ends_with(".m4s"))
      EXPECT_TRUE(entry.first.starts_with("revisions/default/" + secret.id.text())) << name;
  }
}

TEST_F(CutAdditionsTest, HasHevcWhereAllItsFilmsHave) {
  const EpisodeId plain = film(5, "540x960"), recap = EpisodeId::make(clock_.now(), random_);
  hevc_ = Hevc::kAdd;
  const EpisodeId one = film(5, "540x960"), two = film(7, "540x960");
  work();
  const auto mixed = cut(recap, {{one, 0, 2000}, {plain, 0, 2000}});
  work();
  EXPECT_THAT(object(ready(mixed.id), "main.m3u8"), Not(HasSubstr("hvc1")));
  const auto made = cut(recap, {{one, 0, 4000}, {two, 2000, 6000}});
  work();
  const Index served = ready(made.id);
  EXPECT_THAT(object(served, "main.m3u8"), HasSubstr("h540/video.m3u8"));
  EXPECT_THAT(object(served, "main.mpd"), HasSubstr("<AdaptationSet id=\"100\""));
  EXPECT_TRUE(served.objects.contains("h540/iframes.m3u8"));
  EXPECT_TRUE(served.objects.contains("1/h540/1.m4s"));
}

}  // namespace
}  // namespace cliffhanger::transcode
