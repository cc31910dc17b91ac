#include "services/transcode/domain/series_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "services/transcode/domain/fixture.h"
#include "services/transcode/domain/planning.h"
#include "services/transcode/domain/quality.h"
#include "services/transcode/domain/spacing.h"

namespace cliffhanger::transcode {
namespace {

std::vector<int> sides(const Result<std::vector<media::Rung>>& rungs) {
  std::vector<int> out;
  if (rungs)
    for (const media::Rung& rung : *rungs) out.push_back(std::min(rung.width, rung.height));
  return out;
}
using Sides = std::vector<int>;

SeriesProfile made(int width, int height, const std::vector<std::string>& dropped = {}) {
  return settle(begun({}, width, height), dropped);
}

TEST(SeriesProfile, AFirstSourceBetweenTwoRowsMovesTheOneAbove) {
  EXPECT_EQ(rows_for(1080, 1920).front().short_side, 1080);
  const auto rows = rows_for(1600, 900);
  EXPECT_EQ(rows[0].short_side, 900);
  EXPECT_EQ(rows[0].maxrate_kbps, 6000);
  EXPECT_EQ(rows[1].short_side, 720);
  EXPECT_EQ(rows_for(2160, 3840), rows_for(1080, 1920));
  EXPECT_EQ(rows_for(100, 200),
            rows_for(1080, 1920));  // what is smaller than all of them says nothing of the series
}

TEST(SeriesProfile, OtherSourcesGetItsRowsAndNothingElse) {
  const auto rows = made(1080, 1920).rows;
  EXPECT_EQ(sides(rungs_of(rows, 1080, 1920)), (Sides{1080, 720, 540, 360, 180}));
  EXPECT_EQ(sides(rungs_of(rows, 2160, 3840)), (Sides{1080, 720, 540, 360, 180}));
  EXPECT_EQ(sides(rungs_of(rows, 1920, 1080)), (Sides{1080, 720, 540, 360, 180}));  // another shape
  EXPECT_EQ(sides(rungs_of(rows, 900, 1600)), (Sides{720, 540, 360, 180}));  // not 900: that is no row of it
  EXPECT_EQ(sides(rungs_of(rows, 640, 640)), (Sides{540, 360, 180}));
  EXPECT_EQ(sides(rungs_of(rows, 120, 200)), (Sides{120}));
  const auto square = rungs_of(rows, 800, 800);
  EXPECT_EQ((*square)[0].width, 720);
  EXPECT_EQ((*square)[0].height, 720);
  EXPECT_EQ((*square)[0].name, "v720");
}

TEST(SeriesProfile, ASourceThatWasCroppedFillsItsRowAtItsOwnSize) {
  const auto rungs = rungs_of(made(1080, 1920).rows, 1062, 1900);
  EXPECT_EQ(sides(rungs), (Sides{1062, 720, 540, 360, 180}));
  EXPECT_EQ(rungs->front().name, "v1080");
  EXPECT_EQ(sides(rungs_of(made(1080, 1920).rows, 176, 320)), (Sides{176})) << "never as the cellular rung";
}

TEST(SeriesProfile, ADroppedRowIsLeftOutButNotAtTheTopNorWherePlayersStart) {
  const auto rows = made(1080, 1920, {"v720", "v540"}).rows;
  EXPECT_EQ(sides(rungs_of(rows, 1080, 1920)), (Sides{1080, 540, 360, 180}));
  EXPECT_EQ(sides(rungs_of(rows, 720, 1280)), (Sides{720, 540, 360, 180}));
  EXPECT_EQ(sides(rungs_of(rows, 360, 640)), (Sides{360, 180}));
}

// At 60 pictures a second the largest row is beyond level 4.1: half the rate keeps it, also where the next
// row was dropped.
TEST(SeriesProfile, TheRateIsHalvedForTheLargestRowWhateverWasDropped) {
  for (const auto& dropped : {std::vector<std::string>{}, {"v720"}}) {
    const auto plan = make_plan(fixture::probe(1080, 1920, {60, 1}, 600), made(1080, 1920, dropped));
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->rungs.front().name, "v1080");
    EXPECT_EQ(plan->rate, (media::FrameRate{30, 1}));
  }
}

TEST(SeriesProfile, AVersionThatWaitsIsTakenAgain) {
  const SeriesId series(Uuid::from_name("s"));
  const auto first = renewed(series, std::nullopt, std::nullopt, {});
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(first.loudness, Loudness::kEpisode);
  const auto again = renewed(series, first, Loudness::kSeries, from_micros(1));
  EXPECT_EQ(again.created, first.created);
  EXPECT_EQ(again.version, 1);
  EXPECT_EQ(again.loudness, Loudness::kSeries);
  auto used = begun(again, 1080, 1920);
  used.gain_db = 3;
  const auto next = renewed(series, used, std::nullopt, {});
  EXPECT_EQ(next.version, 2);
  EXPECT_EQ(next.loudness, Loudness::kSeries);
  EXPECT_TRUE(next.rows.empty());
  EXPECT_FALSE(next.gain_db);
}

Plan founding(int width = 1080, int height = 1920, std::int64_t frames = 900) {
  return make_plan(fixture::probe(width, height, {30, 1}, frames), begun({}, width, height)).value();
}

// Nobody may be shown, or spend time on, a rung that may be dropped.
TEST(SeriesProfile, AFoundingPlanEncodesItsDefaultHeadAlone) {
  for (const std::int64_t frames : {900, 100}) {
    const Plan plan = founding(1080, 1920, frames);
    EXPECT_FALSE(is_chosen(plan));
    int analyses = 0;
    for (const transcode::Run& run : runs(plan)) {
      if (run.kind == Kind::kEncode) EXPECT_EQ(run.rungs, std::vector{plan.default_rung});
      analyses += run.kind == Kind::kAnalyse;
    }
    EXPECT_EQ(analyses, 1);
  }
}

TEST(SeriesProfile, ASettledPlanGoesOnFromWhatWasEncoded) {
  const Plan before = founding();
  const std::vector<int> crfs = {20, 21, 22, 23, 30};
  const Plan after = settled(before, crfs, settle(begun({}, 1080, 1920), {"v720"}).rows);
  EXPECT_TRUE(is_chosen(after));
  EXPECT_EQ(after.default_rung, before.default_rung);
  EXPECT_EQ(sides(after.rungs), (Sides{1080, 540, 360, 180}));
  EXPECT_EQ(after.tail_crfs, (std::vector<int>{20, 22, 23, 30}));
  EXPECT_EQ(rung_of(after, "v540").crf, rung_of(before, "v540").crf);
  EXPECT_EQ(rung_of(after, "v1080").crf, 20);
  std::map<PieceName, std::string> texts;
  for (const Recipe& one : recipes(after, "aa")) texts[one.name] = one.text;
  for (const Recipe& one : recipes(before, "aa")) EXPECT_EQ(texts[one.name], one.text) << one.name.track;
}

TEST(SeriesProfile, WithADroppedRungGoesTheHevcBesideIt) {
  const Plan before =
      make_plan(fixture::probe(1080, 1920, {30, 1}, 900), begun({}, 1080, 1920), Hevc::kAdd).value();
  ASSERT_EQ(before.hevc.size(), 3U);
  const Plan after = settled(before, {20, 21, 22, 23, 30}, settle(begun({}, 1080, 1920), {"v720"}).rows);
  ASSERT_EQ(after.hevc.size(), 2U);
  EXPECT_EQ(after.hevc[0].name, "h1080");
  EXPECT_EQ(after.hevc[1].name, "h540");
  EXPECT_EQ(after.hevc[1].crf, hevc_crf(22));
}

// Trials of a title that loses `detail` per cent at 23 and of whose finest detail `scaling` per cent is lost
// by halving.
std::vector<media::AnalysisEvent> title(const Plan& plan, double detail, double scaling) {
  std::vector<media::AnalysisEvent> out;
  for (const media::Rung& rung : analyse_job(plan).rungs) {
    media::AnalysisEvent one{rung.name, {}};
    for (const int crf : kTrialCrfs)
      one.points.push_back({crf, 1'000'000, 95 - detail * std::exp(0.125 * (crf - 23))});
    const double share = static_cast<double>(rung.width) / plan.rungs.front().width;
    one.scaling = std::max(0.0, 100 - scaling * (1 / share - 1));
    out.push_back(one);
  }
  return out;
}

TEST(Spacing, WhatLooksTheSameIsDropped) {
  const Plan plan = founding();
  const auto crfs = with_tail_like_head(plan).tail_crfs;
  EXPECT_EQ(too_close(plan, title(plan, 1, 2), crfs), (std::vector<std::string>{"v720"}));
  EXPECT_EQ(too_close(plan, title(plan, 1, 120), crfs), std::vector<std::string>{});
}

TEST(Spacing, BetterFactorsBringRungsTogether) {
  const Plan plan = founding();
  const auto trials = title(plan, 3, 20);
  const auto seen = seen_quality(plan, trials, {23, 23, 23, 23, 30});
  for (std::size_t i = 1; i + 1 < seen.size(); ++i) EXPECT_LT(seen[i], seen[i - 1]);
  const auto better = seen_quality(plan, trials, {23, 18, 23, 23, 30});
  EXPECT_GT(better[1], seen[1]);
  EXPECT_EQ(better[2], seen[2]);
  EXPECT_EQ(seen.back(), 0) << "of the cellular rung nothing is known";
}

TEST(Spacing, WithoutAnAnalysisNothingIsDropped) {
  const Plan plan = founding();
  const auto crfs = with_tail_like_head(plan).tail_crfs;
  EXPECT_TRUE(too_close(plan, {}, crfs).empty());
  auto trials = title(plan, 1, 2);
  for (auto& one : trials) one.scaling.reset();
  EXPECT_TRUE(too_close(plan, trials, crfs).empty());
  EXPECT_TRUE(too_close(founding(360, 640), {}, {23, 30}).empty());
}

TEST(Learning, TheMiddleOfWhatWasChosen) {
  const Plan plan = founding();
  const auto with = [&](int crf) { return with_tail(plan, std::vector<int>(plan.rungs.size(), crf)); };
  const media::Rung& top = plan.rungs.front();
  EXPECT_FALSE(learnt_crf({}, top));
  EXPECT_EQ(learnt_crf({with(25)}, top), 25);
  EXPECT_EQ(learnt_crf({with(25), with(20)}, top), 20);
  EXPECT_EQ(learnt_crf({with(25), with(20), with(22)}, top), 22);
  EXPECT_EQ(learnt_crf({with(51)}, top), profile_crf(top) + kMostAbove);
  EXPECT_FALSE(learnt_crf({with(25)}, plan.rungs.back())) << "the cellular rung has its own";
}

}  // namespace
}  // namespace cliffhanger::transcode
