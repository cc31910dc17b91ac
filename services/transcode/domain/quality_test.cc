#include "services/transcode/domain/quality.h"

#include <gtest/gtest.h>

#include <cmath>

#include "services/transcode/domain/fixture.h"
#include "services/transcode/domain/profile.h"

namespace cliffhanger::transcode {
namespace {

Plan plan_of(std::int64_t frames = 1800, int width = 1080, int height = 1920) {
  return make_plan(fixture::probe(width, height, {30, 1}, frames)).value();
}

// A title whose rungs lose `detail` per cent at a factor of 23.
std::vector<media::AnalysisEvent> title(const Plan& plan, double detail) {
  std::vector<media::AnalysisEvent> out;
  for (const media::Rung& rung : analyse_job(plan).rungs) {
    media::AnalysisEvent one{rung.name, {}};
    for (const int crf : kTrialCrfs)
      one.points.push_back({crf, 1'000'000, 95 - detail * std::exp(0.125 * (crf - 23))});
    out.push_back(one);
  }
  return out;
}

TEST(Quality, ACurveSaysWhatWasPutIn) {
  const auto plan = plan_of();
  const auto curve = loss_curve(title(plan, 4).front());
  ASSERT_TRUE(curve);
  EXPECT_NEAR(curve->loss(23), curve->at_23, 1e-9);
  EXPECT_NEAR(curve->loss(curve->crf_for(7)), 7, 1e-9);
  EXPECT_GT(loss_curve(title(plan, 5).front())->at_23, curve->at_23);
}

TEST(Quality, TrialsThatTellNothingGiveNoCurve) {
  EXPECT_FALSE(loss_curve({"v540", {}}));
  EXPECT_FALSE(loss_curve({"v540", {{21, 1000, 90}}}));
  EXPECT_FALSE(loss_curve({"v540", {{21, 1000, 100}, {28, 900, 100}}}));  // black
  EXPECT_FALSE(loss_curve({"v540", {{21, 1000, 90}, {28, 900, 91}}}));    // better where it should be worse
  EXPECT_FALSE(loss_curve({"v540", {{21, 1000, 90}, {21, 1000, 80}}}));   // one factor twice
}

TEST(Quality, SmallerRungsMayLoseMore) {
  EXPECT_DOUBLE_EQ(allowed_loss(1), 6.5);
  EXPECT_GT(allowed_loss(0.5), allowed_loss(0.667));
  EXPECT_GT(allowed_loss(0.333), allowed_loss(0.5));
}

TEST(Quality, HarderTitlesGetBetterFactors) {
  const auto plan = plan_of();
  std::vector<int> last(plan.rungs.size(), 99);
  for (double detail = 0.2; detail < 40; detail *= 1.2) {
    const auto crfs = choose_crfs(plan, title(plan, detail));
    ASSERT_EQ(crfs.size(), plan.rungs.size());
    for (std::size_t i = 0; i < crfs.size(); ++i) {
      EXPECT_LE(crfs[i], last[i]) << detail;
      const int base = profile_crf(plan.rungs[i]);
      EXPECT_GE(crfs[i], base - (i == 0 ? kMostBelow : 0));
      EXPECT_LE(crfs[i], base + kMostAbove);
    }
    last = crfs;
  }
  EXPECT_GT(choose_crfs(plan, title(plan, 1)).front(), 26);
  EXPECT_LT(choose_crfs(plan, title(plan, 9)).front(), 21);
}

// At most two points of VMAF, where the profile's own factor gives less than 95.
TEST(Quality, NoTitleIsMuchWorseThanByTheProfile) {
  const auto plan = plan_of();
  for (double detail = 0.2; detail < 40; detail *= 1.3) {
    const auto trials = title(plan, detail);
    const auto crfs = choose_crfs(plan, trials);
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const auto& rungs = plan.rungs;
      const LossCurve curve = *title_curve(plan, trials, 1.0 * rungs[i].width / rungs[0].width);
      const double seen = std::max(curve.loss(profile_crf(plan.rungs[i])), i == 0 ? 4.5 : 0.0);
      EXPECT_LE(curve.loss(crfs[i] - 0.5), seen + 2) << detail << " " << i;
    }
  }
}

TEST(Quality, WhatIsNotKnownStaysAsItIs) {
  const auto plan = plan_of();
  const auto as_planned = with_tail_like_head(plan).tail_crfs;
  EXPECT_EQ(choose_crfs(plan, {}), as_planned);
  EXPECT_EQ(choose_crfs(plan, {{"v9999", {{21, 1000, 90}, {28, 900, 80}}}}), as_planned);
  EXPECT_EQ(choose_crfs(plan, {{"v540", {{21, 1000, 100}, {28, 900, 100}}}}), as_planned);
}

// One rung's trials that are far off move the others little.
TEST(Quality, RungsAreJudgedTogether) {
  const auto plan = plan_of();
  auto trials = title(plan, 3);
  const auto was = choose_crfs(plan, trials);
  trials[2].points.back().score -= 30;
  const auto now = choose_crfs(plan, trials);
  for (std::size_t i = 0; i < was.size(); ++i) {
    EXPECT_LE(now[i], was[i]);
    EXPECT_GE(now[i], was[i] - 6);
  }
  trials.erase(trials.begin() + 2);
  const auto without = choose_crfs(plan, trials);
  EXPECT_NEAR(without[2], was[2], 2);
}

TEST(Quality, TheCellularRungIsLeftAlone) {
  const auto plan = plan_of();
  ASSERT_TRUE(is_cellular(plan.rungs.back()));
  for (const media::Rung& rung : analyse_job(plan).rungs) EXPECT_FALSE(is_cellular(rung));
  EXPECT_EQ(choose_crfs(plan, title(plan, 1)).back(), plan.rungs.back().crf);
}

TEST(Quality, SamplesAreSpreadAndCheap) {
  for (const std::int64_t frames : {120LL, 121LL, 360LL, 1800LL, 9000LL, 108'000LL}) {
    const auto job = analyse_job(plan_of(frames));
    EXPECT_TRUE(media::parse_analyse_job(media::to_json(job))) << frames;
    EXPECT_GE(job.at.size(), 2u);
    const auto tried = static_cast<std::int64_t>(job.at.size() * job.crfs.size()) * job.sample_frames;
    if (frames >= 1800) EXPECT_LE(tried * 100, frames * 8);
  }
}

// As after an analysis that failed, or a plan of before there were any.
TEST(Quality, APlanWithAndWithoutItsTail) {
  const auto plan = plan_of();
  EXPECT_FALSE(is_chosen(plan));
  const auto chosen = with_tail_like_head(plan);
  EXPECT_TRUE(is_chosen(chosen));
  EXPECT_TRUE(same_but_quality(plan, chosen));
  EXPECT_FALSE(plan == chosen);
  EXPECT_EQ(rung_at(chosen, "v540", 5), rung_of(plan, "v540"));
  auto other = chosen;
  other.tail_crfs[0] = 29;
  EXPECT_EQ(rung_at(other, plan.rungs[0].name, kHeadSegments - 1).crf, plan.rungs[0].crf);
  EXPECT_EQ(rung_at(other, plan.rungs[0].name, kHeadSegments).crf, 29);
  EXPECT_TRUE(is_chosen(plan_of(120)));  // two segments: all head
  EXPECT_FALSE(same_but_quality(plan, plan_of(1801)));
}

}  // namespace
}  // namespace cliffhanger::transcode
