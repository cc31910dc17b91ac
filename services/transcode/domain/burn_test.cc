#include "services/transcode/domain/burn.h"

#include <gmock/gmock.h>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

using testing::ElementsAre;

Plan plan_of(std::int64_t seconds, int width = 1080, int height = 1920) {
  media::ProbeEvent probe;
  probe.video.width = width;
  probe.video.height = height;
  probe.video.rate = {30, 1};
  probe.video.frames = seconds * 30;
  return with_tail_like_head(make_plan(probe).value());
}

Burning text(std::vector<media::BurnCue> cues) {
  return {"en", "v1", std::move(cues)};
}

std::vector<PieceName> names(const Plan& plan, const Burning& what) {
  std::vector<PieceName> out;
  for (const Recipe& one : burned_recipes(plan, "ab", what)) out.push_back(one.name);
  return out;
}

TEST(Burn, TheRungPlayersStartWithAndTheNextLargerOne) {
  const auto rungs = [](const Plan& plan) {
    std::vector<std::string> out;
    for (const media::Rung& rung : burned_plan(plan).rungs) out.push_back(rung.name);
    return out;
  };
  EXPECT_THAT(rungs(plan_of(10)), ElementsAre("v720", "v540"));
  EXPECT_THAT(rungs(plan_of(10, 360, 640)), ElementsAre("v360"));
  EXPECT_EQ(burned_plan(plan_of(10)).tail_crfs.size(), 2U);
}

TEST(Burn, PiecesAreThoseOfSegmentsInWhichACueIsShown) {
  const Plan plan = plan_of(20);  // segments at 0, 2, 4, 8, 12, 16 s
  const auto of = [&](std::int64_t start, std::int64_t end) {
    std::set<std::int64_t> out;
    for (const PieceName& name : names(plan, text({{start, end, "x", std::nullopt}}))) {
      EXPECT_TRUE(name.track == "burned/en/v1/v720" || name.track == "burned/en/v1/v540") << name.track;
      out.insert(name.index);
    }
    return out;
  };
  EXPECT_THAT(of(0, 10), ElementsAre(0));
  EXPECT_THAT(of(1999, 2000), ElementsAre());  // no picture is shown within it
  EXPECT_THAT(of(1900, 2000), ElementsAre(0));
  EXPECT_THAT(of(1900, 2001), ElementsAre(0, 1));
  EXPECT_THAT(of(5000, 13000), ElementsAre(2, 3, 4));
  EXPECT_THAT(of(19990, 30000), ElementsAre());
}

TEST(Burn, AKeyNamesEverythingThatIsDrawnAndNothingElse) {
  const Plan plan = plan_of(20);
  const auto keys = [&](const Burning& what) {
    std::map<std::int64_t, std::string> out;
    for (const Recipe& one : burned_recipes(plan, "ab", what)) {
      if (one.name.track.ends_with("v540")) out[one.name.index] = one.text;
    }
    return out;
  };
  const media::BurnCue first{500, 1500, "First", std::nullopt}, last{17000, 18000, "Last", std::nullopt};
  const auto both = keys(text({first, last})), alone = keys(text({first}));
  EXPECT_EQ(both.at(0), alone.at(0));
  Burning other = text({first, last});
  other.version = "v2";
  EXPECT_EQ(keys(other), both);
  other.language = "ja";
  EXPECT_NE(keys(other).at(0), both.at(0));
  for (const media::BurnCue& changed : {media::BurnCue{501, 1500, "First", std::nullopt},
                                        {500, 1501, "First", std::nullopt},
                                        {500, 1500, "Firsts", std::nullopt},
                                        {500, 1500, "First", 0}}) {
    EXPECT_NE(keys(text({changed, last})).at(0), both.at(0));
    EXPECT_EQ(keys(text({changed, last})).at(5), both.at(5));
  }
  for (const Recipe& one : recipes(plan, "ab")) EXPECT_NE(one.text, both.at(0));
}

TEST(Burn, PartsAreShortAndDoNotMixHeadAndTail) {
  const Plan plan = plan_of(60);
  const Burning what = text({{0, 60000, "all the time", std::nullopt}});
  std::set<PieceName> present;
  std::vector<std::pair<std::int64_t, std::int64_t>> parts;
  while (const auto part = next_part(plan, what, present).value()) {
    ASSERT_LT(parts.size(), 20U);
    parts.emplace_back(part->run.first, part->run.count);
    EXPECT_EQ(part->burn.cues.size(), 1U);
    for (const PieceName& name : pieces_of(plan, part->run)) present.insert(name);
  }
  EXPECT_THAT(parts, ElementsAre(std::pair(0, 2), std::pair(2, 4), std::pair(6, 4), std::pair(10, 4),
                                 std::pair(14, 2)));
  present.erase({"burned/en/v1/v720", 7});
  EXPECT_EQ(next_part(plan, what, present).value()->run.first, 7);
  EXPECT_EQ(next_part(plan, what, present).value()->run.count, 1);
}

TEST(Burn, ACueThatGoesOnAfterTheEndIsCutThere) {
  const Plan plan = plan_of(4);
  const auto part = next_part(plan, text({{1000, 86'400'000, "x", std::nullopt}}), {}).value();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->burn.cues.front().end_ms, 4000);
}

TEST(Burn, MoreTextThanAJobTakesIsRefusedWhereItCanNotBeCut) {
  const Plan plan = plan_of(20);
  std::vector<media::BurnCue> cues(200, {4000, 4500, "x", std::nullopt}),
      more(200, {8000, 8500, "x", std::nullopt});
  std::vector<media::BurnCue> both = cues;
  both.insert(both.end(), more.begin(), more.end());
  EXPECT_EQ(next_part(plan, text(both), {}).value()->run.count, 1);
  cues.resize(300, cues.front());
  EXPECT_EQ(next_part(plan, text(cues), {}).error().reason, "BURN_TOO_MUCH_TEXT");
}

TEST(Burn, CuesArePlainTextWithAPlace) {
  const auto cue = [](const std::string& text, const std::string& settings) {
    return burn_cues({{0, 1000, text, settings, 1}}).front();
  };
  EXPECT_EQ(cue("<v Ann>She <i>came</i> &amp; &lt;left&gt;&nbsp;.", "").text, "She came & <left>\u00a0.");
  EXPECT_EQ(cue("x", "").top_percent, std::nullopt);
  EXPECT_EQ(cue("x", "line:0").top_percent, 0);
  EXPECT_EQ(cue("x", "align:left line:20%,start").top_percent, 20);
  EXPECT_EQ(cue("x", "line:-1").top_percent, 95);
  EXPECT_EQ(cue("x", "line:3").top_percent, 15);
  EXPECT_EQ(cue("x", "line:900%").top_percent, 100);
  for (const char* none : {"line:auto", "line:nan", "line:inf", "line:", "line:-"})
    EXPECT_EQ(cue("x", none).top_percent, std::nullopt) << none;
  EXPECT_TRUE(burn_cues({{0, 1000, "<i> </i>\n", "", 1}}).empty());
}

}  // namespace
}  // namespace cliffhanger::transcode
