#include "services/transcode/domain/planning.h"

#include <gtest/gtest.h>

#include "libs/testing/manual_clock.h"
#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

struct FakeRevisions final : Revisions {
  bool known = false, newer = false;
  std::vector<std::string> said;
  std::set<PieceName> there;
  std::vector<Run> tasks;
  std::optional<Revision> added;

  Result<void> lock_episode(EpisodeId) override { return {}; }
  Result<bool> has_source(SourceId) override { return known; }
  Result<bool> has_newer(EpisodeId, Time) override { return newer; }
  Result<void> supersede(EpisodeId) override { return note("supersede"); }
  Result<void> add(const Revision& revision, const std::vector<Recipe>&) override {
    added = revision;
    return note("add");
  }
  Result<std::set<PieceName>> present(RevisionId) override { return there; }
  Result<void> add_task(const Revision&, const Run& run) override {
    tasks.push_back(run);
    return {};
  }
  Result<void> tell_started(const Revision&) override { return note("started"); }
  Result<void> tell_failed(const Revision&) override { return note("failed"); }
  Result<void> note(std::string what) {
    said.push_back(std::move(what));
    return {};
  }
};

class PlanningTest : public testing::Test {
 protected:
  Result<void> accept(const Result<media::ProbeEvent>& probe) {
    Source source;
    source.id = SourceId::make(clock_.now(), random_);
    source.sha256 = "aa";
    source.verified = verified_;
    return Planning({revisions_, clock_, random_}).accept(*Tenant::parse("default"), source, probe, "");
  }
  harness::ManualClock clock_;
  std::optional<Time> verified_;
  SystemRandom random_;
  FakeRevisions revisions_;
  media::ProbeEvent probe_ = fixture::probe(720, 1280, {30, 1}, 600);
};

TEST_F(PlanningTest, AddsEveryRunInOrder) {
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.said, (std::vector<std::string>{"supersede", "add", "started"}));
  EXPECT_EQ(revisions_.tasks, runs(*revisions_.added->plan));
  EXPECT_EQ(revisions_.added->duration_ms, 20'000);
  EXPECT_EQ(revisions_.added->segments_total, 5 * grid_of(*revisions_.added->plan).segments());
}

TEST_F(PlanningTest, TheSameSourceTwiceChangesNothing) {
  revisions_.known = true;
  ASSERT_TRUE(accept(probe_));
  EXPECT_TRUE(revisions_.said.empty());
}

TEST_F(PlanningTest, ASourceThatComesLateIsCancelledAndSupersedesNothing) {
  revisions_.newer = true;
  verified_ = clock_.now();
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.said, std::vector<std::string>{"add"});
  EXPECT_EQ(revisions_.added->state, State::kCancelled);
  EXPECT_TRUE(revisions_.tasks.empty());
  // Without a time it is in order.
  verified_.reset();
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.added->state, State::kProcessing);
}

TEST_F(PlanningTest, LeavesOutWhatExists) {
  const Plan plan = *make_plan(probe_);
  for (const Recipe& recipe : recipes(plan, "aa")) revisions_.there.insert(recipe.name);
  revisions_.there.erase({"v360", 4});
  ASSERT_TRUE(accept(probe_));
  ASSERT_EQ(revisions_.tasks.size(), 1U);
  EXPECT_EQ(revisions_.tasks[0].kind, Kind::kEncode);
}

TEST_F(PlanningTest, PackagesAtOnceWhenEverythingExists) {
  for (const Recipe& recipe : recipes(*make_plan(probe_), "aa")) revisions_.there.insert(recipe.name);
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.tasks, std::vector{package_run()});
}

TEST_F(PlanningTest, WhatCannotBePlannedFailsWithItsReason) {
  ASSERT_TRUE(accept(fixture::probe(2, 2, {30, 1}, 600)));
  EXPECT_EQ(revisions_.said, (std::vector<std::string>{"supersede", "add", "failed"}));
  EXPECT_EQ(revisions_.added->failure_reason, "PLAN_GEOMETRY");
  EXPECT_TRUE(revisions_.tasks.empty());
  revisions_.said.clear();
  ASSERT_TRUE(accept(fail(internal("MEDIA_PROTOCOL", "no"))));
  EXPECT_EQ(revisions_.added->state, State::kFailed);
}

TEST(Revision, StatesMoveForwardOnly) {
  EXPECT_TRUE(may_move(State::kProcessing, State::kProvisional));
  EXPECT_TRUE(may_move(State::kProcessing, State::kReady));
  EXPECT_TRUE(may_move(State::kProvisional, State::kFailed));
  EXPECT_TRUE(may_move(State::kFailed, State::kProcessing));
  EXPECT_FALSE(may_move(State::kProvisional, State::kProcessing));
  for (const State to : {State::kProcessing, State::kProvisional, State::kFailed, State::kCancelled}) {
    EXPECT_FALSE(may_move(State::kReady, to));
    EXPECT_FALSE(may_move(State::kCancelled, to));
  }
}

}  // namespace
}  // namespace cliffhanger::transcode
