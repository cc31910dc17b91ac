#include "services/transcode/domain/progress.h"

#include <gtest/gtest.h>

#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

Plan plan() {
  return *make_plan(fixture::probe(720, 1280, {30, 1}, 600));
}

std::map<std::string, FramesDone> all_rungs(const Plan& plan, FramesDone done) {
  std::map<std::string, FramesDone> out;
  for (const auto& rung : plan.rungs) out[rung.name] = done;
  return out;
}

TEST(Progress, TheStageFollowsTheWork) {
  Revision revision;
  revision.segments_total = 10;
  EXPECT_EQ(stage_of(revision), Stage::kQueued);
  revision.started = true;
  EXPECT_EQ(stage_of(revision), Stage::kEncoding);
  revision.state = State::kProvisional;
  revision.segments_done = 9;
  EXPECT_EQ(stage_of(revision), Stage::kEncoding);
  revision.segments_done = 10;
  EXPECT_EQ(stage_of(revision), Stage::kPackaging);
  EXPECT_EQ(percent_of(revision), 99);
  revision.state = State::kReady;
  EXPECT_EQ(stage_of(revision), Stage::kReady);
  EXPECT_EQ(percent_of(revision), 100);
  revision.state = State::kFailed;
  EXPECT_EQ(stage_of(revision), Stage::kFailed);
  EXPECT_EQ(percent_of(revision), 99);
  revision.state = State::kCancelled;
  EXPECT_EQ(stage_of(revision), Stage::kCancelled);
}

TEST(Progress, ARevisionWithoutAPlanIsAtNothing) {
  Revision revision;
  revision.state = State::kFailed;
  EXPECT_EQ(percent_of(revision), 0);
}

TEST(Progress, TheTimeLeftFollowsWhatWasMade) {
  const Plan p = plan();
  EXPECT_FALSE(left_ms(p, {}, 5000));
  // A third was made in five seconds.
  EXPECT_EQ(left_ms(p, all_rungs(p, {200, 200}), 5000), 10'000);
  // Half was there before: making a third more in five seconds leaves a sixth.
  EXPECT_EQ(left_ms(p, all_rungs(p, {500, 200}), 5000), 2500);
  EXPECT_EQ(left_ms(p, all_rungs(p, {600, 100}), 5000), 0);
  EXPECT_EQ(left_ms(p, all_rungs(p, {600, 0}), 0), 0);
  EXPECT_FALSE(left_ms(p, all_rungs(p, {300, 0}), 5000));
}

TEST(Progress, BigRungsCountForMore) {
  const Plan p = plan();
  ASSERT_GT(p.rungs.size(), 1U);
  const auto big = left_ms(p, {{p.rungs.front().name, {300, 300}}}, 5000);
  const auto small = left_ms(p, {{p.rungs.back().name, {300, 300}}}, 5000);
  ASSERT_TRUE(big && small);
  EXPECT_GT(*small, *big);
}

}  // namespace
}  // namespace cliffhanger::transcode
