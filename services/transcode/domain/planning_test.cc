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
  bool gone = false;  // the episode was deleted
  std::vector<Run> tasks;
  std::optional<Revision> added;
  std::vector<Plan> chosen;        // of the same source
  std::vector<Recipe> more;        // of a new plan
  std::optional<SeriesProfile> profile;
  bool used = false;               // the profile, by another revision
  std::vector<Plan> of_series;     // chosen
  bool early = false;              // the beginning was heard of
  std::vector<Recipe> adopted;

  Result<void> lock_episode(EpisodeId) override { return {}; }
  Result<bool> has_source(SourceId) override { return known; }
  Result<bool> has_newer(EpisodeId, Time) override { return newer; }
  Result<void> supersede(EpisodeId) override { return note("supersede"); }
  Result<void> add(const Revision& revision, const std::vector<Recipe>&) override {
    added = revision;
    return note("add");
  }
  Result<bool> episode_gone(EpisodeId) override { return gone; }
  Result<std::set<PieceName>> hold(RevisionId) override { return there; }
  Result<std::vector<Plan>> chosen_plans(const std::string&) override { return chosen; }
  Result<std::optional<SeriesProfile>> lock_profile(SeriesId, std::optional<std::int64_t>) override { return profile; }
  Result<std::optional<SeriesProfile>> profile_of(SeriesId, std::optional<std::int64_t>) override { return profile; }
  Result<bool> is_profile_used(const SeriesProfile&) override { return used; }
  Result<void> save_profile(const SeriesProfile& saved) override {
    profile = saved;
    return note("profile");
  }
  Result<void> save_gain(const SeriesProfile&, double gain_db) override {
    profile->gain_db = gain_db;
    return note("gain");
  }
  Result<std::vector<Plan>> plans_of_series(SeriesId, int) override { return of_series; }
  Result<void> replan(const Revision& revision, const std::vector<Recipe>& recipes) override {
    added = revision;
    more = recipes;
    return note("replan");
  }
  Result<bool> has_early(SourceId) override { return early; }
  Result<void> end_early(SourceId) override { return {}; }
  Result<void> adopt(const std::vector<Recipe>& from, const std::vector<Recipe>&) override {
    adopted = from;
    return {};
  }
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
  Source source() {
    Source out;
    out.id = SourceId::make(clock_.now(), random_);
    out.sha256 = "aa";
    out.verified = verified_;
    out.series = series_;
    return out;
  }
  Result<void> accept(const Result<media::ProbeEvent>& probe, const Head& head = {}) {
    return Planning({revisions_, clock_, random_, hevc_}).accept(*Tenant::parse("default"), source(), probe, "", head);
  }
  Result<void> begin_early(const Result<media::ProbeEvent>& probe) {
    return Planning({revisions_, clock_, random_}).begin_early(*Tenant::parse("default"), source(), probe, "", {"bb", 10, 20});
  }
  harness::ManualClock clock_;
  std::optional<Time> verified_;
  Hevc hevc_ = Hevc::kNone;
  std::optional<SeriesId> series_;
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
  const Plan plan = with_tail_like_head(*make_plan(probe_));
  revisions_.chosen = {plan};
  for (const Recipe& recipe : recipes(plan, "aa")) revisions_.there.insert(recipe.name);
  revisions_.there.erase({"v360", 4});
  ASSERT_TRUE(accept(probe_));
  ASSERT_EQ(revisions_.tasks.size(), 1U);
  EXPECT_EQ(revisions_.tasks[0].kind, Kind::kEncode);
}

TEST_F(PlanningTest, PackagesAtOnceWhenEverythingExists) {
  const Plan plan = with_tail_like_head(*make_plan(probe_));
  revisions_.chosen = {plan};
  for (const Recipe& recipe : recipes(plan, "aa")) revisions_.there.insert(recipe.name);
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.tasks, std::vector{package_run()});
}

// The head starts at once; what the tail needs follows the analysis, once.
TEST_F(PlanningTest, TheTailFollowsWhatWasChosen) {
  ASSERT_TRUE(accept(probe_));
  const std::vector<transcode::Run> first = revisions_.tasks;
  EXPECT_EQ(std::ranges::count(first, Kind::kAnalyse, &transcode::Run::kind), 1);
  for (const transcode::Run& run : first)
    if (run.kind == Kind::kEncode) EXPECT_LT(run.first, kHeadSegments);
  std::set<PieceName> names;
  for (const Recipe& one : recipes(*revisions_.added->plan, "aa")) names.insert(one.name);

  revisions_.tasks.clear();
  const std::vector<int> crfs = {20, 21, 22, 30};
  Planning planning({revisions_, clock_, random_});
  ASSERT_TRUE(planning.choose(*revisions_.added, crfs));
  EXPECT_EQ(revisions_.added->plan->tail_crfs, crfs);
  ASSERT_FALSE(revisions_.tasks.empty());
  for (const transcode::Run& run : revisions_.tasks) EXPECT_GE(run.first, kHeadSegments);
  for (const Recipe& one : revisions_.more) EXPECT_TRUE(names.insert(one.name).second) << one.name.track;
  EXPECT_EQ(names.size(), recipes(*revisions_.added->plan, "aa").size());

  revisions_.tasks.clear();
  ASSERT_TRUE(planning.choose(*revisions_.added, {1, 2, 3, 4}));
  EXPECT_TRUE(revisions_.tasks.empty());
  EXPECT_EQ(revisions_.added->plan->tail_crfs, crfs);
}

// With HEVC: none of it before the tail is chosen, then all of it, from its initialisation segments on.
TEST_F(PlanningTest, HevcFollowsWhatWasChosen) {
  hevc_ = Hevc::kAdd;
  ASSERT_TRUE(accept(probe_));
  for (const transcode::Run& run : revisions_.tasks)
    for (const std::string& rung : run.rungs) EXPECT_FALSE(rung.starts_with("h")) << rung;
  std::set<PieceName> names;
  for (const Recipe& one : recipes(*revisions_.added->plan, "aa")) names.insert(one.name);
  Planning planning({revisions_, clock_, random_});
  ASSERT_TRUE(planning.choose(*revisions_.added, {20, 21, 22, 30}));
  for (const Recipe& one : revisions_.more) EXPECT_TRUE(names.insert(one.name).second) << one.name.track;
  EXPECT_EQ(names.size(), recipes(*revisions_.added->plan, "aa").size());
  EXPECT_TRUE(names.contains({"h720", kInit}));
  EXPECT_TRUE(names.contains({"h540", 0}));
  EXPECT_EQ(revisions_.tasks.back().rungs, (std::vector<std::string>{"h720", "h540"}));
  EXPECT_EQ(revisions_.added->plan->hevc[0].crf, hevc_crf(20));
}

// The deployment added HEVC since the same source was encoded: H.264 and its factors are there, HEVC alone is
// made.
TEST_F(PlanningTest, OnlyHevcIsMadeOfASourceWhoseH264IsThere) {
  const Plan before = with_tail(*make_plan(probe_), {19, 20, 21, 30});
  revisions_.chosen = {before};
  for (const Recipe& recipe : recipes(before, "aa")) revisions_.there.insert(recipe.name);
  hevc_ = Hevc::kAdd;
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.added->plan->tail_crfs, before.tail_crfs);
  EXPECT_EQ(revisions_.added->plan->hevc[0].crf, hevc_crf(19));
  ASSERT_FALSE(revisions_.tasks.empty());
  for (const transcode::Run& run : revisions_.tasks)
    EXPECT_EQ(run.rungs, (std::vector<std::string>{"h720", "h540"}));
  // And the other way round nothing is made.
  Plan with = *revisions_.added->plan;
  with.hevc[0].crf += 1;  // as an earlier build had chosen
  revisions_.chosen = {with};
  for (const Recipe& recipe : recipes(with, "aa")) revisions_.there.insert(recipe.name);
  revisions_.tasks.clear();
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(*revisions_.added->plan, with);
  EXPECT_EQ(revisions_.tasks, std::vector{package_run()});
  hevc_ = Hevc::kNone;
  revisions_.tasks.clear();
  ASSERT_TRUE(accept(probe_));
  EXPECT_TRUE(revisions_.added->plan->hevc.empty());
  EXPECT_EQ(revisions_.tasks, std::vector{package_run()});
}

TEST_F(PlanningTest, TheSameSourceIsChosenForOnce) {
  Plan before = with_tail(*make_plan(probe_), {19, 20, 21, 30});
  before.rungs[0].crf = 25;
  Plan other = with_tail_like_head(before);
  other.rungs[0].maxrate_kbps += 1;
  revisions_.chosen = {other, before};
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(*revisions_.added->plan, before);
  for (const transcode::Run& run : revisions_.tasks) EXPECT_NE(run.kind, Kind::kAnalyse);
}

class SeriesPlanningTest : public PlanningTest {
 protected:
  SeriesPlanningTest() { series_ = SeriesId::make(clock_.now(), random_); }
  Planning planning() { return Planning({revisions_, clock_, random_}); }
  std::vector<std::string> rungs() {
    std::vector<std::string> out;
    for (const media::Rung& rung : revisions_.added->plan->rungs) out.push_back(rung.name);
    return out;
  }
  bool has(Kind kind) {
    return std::any_of(revisions_.tasks.begin(), revisions_.tasks.end(), [&](const auto& run) { return run.kind == kind; });
  }
};
using Names = std::vector<std::string>;

TEST_F(SeriesPlanningTest, TheFirstEpisodeMakesTheProfileAndLaterOnesGetIt) {
  probe_ = fixture::probe(1080, 1920, {30, 1}, 600);
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.said, (Names{"supersede", "profile", "add", "started"}));
  EXPECT_FALSE(revisions_.profile->settled);
  EXPECT_EQ(revisions_.added->profile_version, 1);
  ASSERT_TRUE(revisions_.added->plan->founding);

  revisions_.tasks.clear();
  ASSERT_TRUE(planning().choose(*revisions_.added, {20, 21, 22, 23, 30}, {"v720"}));
  EXPECT_TRUE(revisions_.profile->settled);
  EXPECT_EQ(rungs(), (Names{"v1080", "v540", "v360", "v180"}));
  EXPECT_EQ(revisions_.added->segments_total, segments_of(*revisions_.added->plan));
  for (const transcode::Run& run : revisions_.tasks)
    for (const std::string& rung : run.rungs) EXPECT_NE(rung, "v720");
  EXPECT_EQ(revisions_.tasks.front().rungs, (Names{"v1080", "v360", "v180"})) << "the heads that waited";

  revisions_.of_series = {*revisions_.added->plan};
  revisions_.said.clear();
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.said, (Names{"supersede", "add", "started"}));
  EXPECT_EQ(rungs(), (Names{"v1080", "v540", "v360", "v180"}));
  EXPECT_FALSE(revisions_.added->plan->founding);
  EXPECT_EQ(rung_of(*revisions_.added->plan, "v540").crf, 22) << "begins with what was learnt";
  ASSERT_TRUE(accept(fixture::probe(720, 1280, {30, 1}, 600)));
  EXPECT_EQ(rungs(), (Names{"v720", "v540", "v360", "v180"})) << "the best that this source has is never dropped";
}

// Two first episodes at once: whichever is analysed first settles it, and the other follows before its tail.
TEST_F(SeriesPlanningTest, TheSecondOfTwoFirstEpisodesFollows) {
  ASSERT_TRUE(accept(fixture::probe(1080, 1920, {30, 1}, 600)));
  const Revision second = *revisions_.added;
  revisions_.profile = settle(*revisions_.profile, {"v360"});
  const SeriesProfile was = *revisions_.profile;
  revisions_.said.clear();
  ASSERT_TRUE(planning().choose(second, {20, 21, 22, 23, 30}, {"v720"}));
  EXPECT_EQ(revisions_.said, Names{"replan"});
  EXPECT_EQ(revisions_.profile->rows, was.rows);
  EXPECT_EQ(rungs(), (Names{"v1080", "v720", "v540", "v180"}));
  EXPECT_EQ(revisions_.added->plan->tail_crfs, (std::vector<int>{20, 21, 22, 30}));
}

// A file that was replaced before anything came of it leaves no mark on the series.
TEST_F(SeriesPlanningTest, AnOpenProfileThatNobodyHasIsMadeAgain) {
  ASSERT_TRUE(accept(fixture::probe(900, 1600, {30, 1}, 600)));
  EXPECT_EQ(revisions_.profile->rows.front().short_side, 900);
  ASSERT_TRUE(accept(fixture::probe(1080, 1920, {30, 1}, 600)));
  EXPECT_EQ(revisions_.profile->rows.front().short_side, 1080);
  revisions_.used = true;
  ASSERT_TRUE(accept(fixture::probe(900, 1600, {30, 1}, 600)));
  EXPECT_EQ(revisions_.profile->rows.front().short_side, 1080);
  revisions_.used = false;
  revisions_.profile = settle(*revisions_.profile, {});
  ASSERT_TRUE(accept(fixture::probe(900, 1600, {30, 1}, 600)));
  EXPECT_EQ(revisions_.profile->rows.front().short_side, 1080) << "what is settled stays";
}

TEST_F(SeriesPlanningTest, ASourceThatCannotBePlannedMakesNoProfile) {
  ASSERT_TRUE(accept(fixture::probe(2, 2, {30, 1}, 600)));
  EXPECT_FALSE(revisions_.profile);
  EXPECT_EQ(revisions_.added->state, State::kFailed);
}

TEST_F(SeriesPlanningTest, OneGainForTheWholeSeries) {
  revisions_.profile = renewed(*series_, std::nullopt, Loudness::kSeries, clock_.now());
  ASSERT_TRUE(accept(probe_));
  EXPECT_TRUE(has(Kind::kLoudness));
  EXPECT_FALSE(has(Kind::kAudio));
  const Revision first = *revisions_.added;

  revisions_.tasks.clear();
  ASSERT_TRUE(planning().hear(first, 4.25));
  EXPECT_EQ(revisions_.profile->gain_db, 4.25);
  EXPECT_TRUE(has(Kind::kAudio));
  EXPECT_FALSE(has(Kind::kLoudness));
  for (const Recipe& one : revisions_.more) {
    EXPECT_EQ(one.name.track, kAudio);
    EXPECT_NE(one.text.find(" gain 425 cdB"), std::string::npos) << one.text;
  }
  // One that was measured at the same time gets the first one's.
  ASSERT_TRUE(planning().hear(first, -3));
  EXPECT_EQ(revisions_.profile->gain_db, 4.25);
  EXPECT_EQ(revisions_.added->plan->gain_db, 4.25);
  // And whoever comes later measures nothing.
  revisions_.used = true;
  revisions_.tasks.clear();
  ASSERT_TRUE(accept(probe_));
  EXPECT_TRUE(has(Kind::kAudio));
  EXPECT_FALSE(has(Kind::kLoudness));
}

TEST_F(SeriesPlanningTest, ASilentEpisodeGivesTheSeriesNoGain) {
  revisions_.profile = renewed(*series_, std::nullopt, Loudness::kSeries, clock_.now());
  ASSERT_TRUE(accept(probe_));
  ASSERT_TRUE(planning().hear(*revisions_.added, std::nullopt));
  EXPECT_FALSE(revisions_.profile->gain_db);
  EXPECT_TRUE(is_tuned(*revisions_.added->plan));
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

TEST_F(PlanningTest, ASourceOfADeletedEpisodeIsCancelledFromTheStart) {
  revisions_.gone = true;
  ASSERT_TRUE(accept(probe_));
  EXPECT_EQ(revisions_.said, (std::vector<std::string>{"add"}));
  EXPECT_EQ(revisions_.added->state, State::kCancelled);
  EXPECT_TRUE(revisions_.tasks.empty());
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

// The recipe of a piece that was made early names all that its bytes depend on, and nothing of the rest.
TEST(Early, IsOfTheFirstSegmentsOfEveryRung) {
  const Plan plan = make_plan(fixture::probe(720, 1280, {30, 1}, 600)).value();
  const Head head{"aa", 1000, 5000};
  const std::vector<Recipe> made = early_recipes(plan, head);
  EXPECT_EQ(made.size(), plan.rungs.size() * 3);
  std::set<PieceName> names;
  for (const auto& run : early_runs(plan))
    for (const PieceName& name : pieces_of(plan, run)) names.insert(name);
  for (const Recipe& recipe : made) {
    EXPECT_TRUE(names.contains(recipe.name)) << recipe.name.track << recipe.name.index;
    EXPECT_NE(recipe.text.find("aa as the first 1000 of 5000"), std::string::npos);
  }
  const auto texts = [](const Plan& of, const Head& from) {
    std::set<std::string> out;
    for (const Recipe& recipe : early_recipes(of, from)) out.insert(recipe.text);
    return out;
  };
  EXPECT_NE(texts(plan, head), texts(plan, {"aa", 1000, 5001}));
  EXPECT_NE(texts(plan, head), texts(plan, {"aa", 1001, 5000}));
  EXPECT_NE(texts(plan, head), texts(make_plan(fixture::probe(720, 1280, {25, 1}, 600)).value(), head));
  // How long it is decides nothing of the head, unless it is very short.
  EXPECT_EQ(texts(plan, head), texts(make_plan(fixture::probe(720, 1280, {30, 1}, 900)).value(), head));
  EXPECT_TRUE(early_runs(make_plan(fixture::probe(720, 1280, {30, 1}, 110)).value()).empty());
}

TEST_F(PlanningTest, AHeadThatArrivesEarlyIsBehindTheHeadsOfWholes) {
  ASSERT_TRUE(begin_early(probe_));
  EXPECT_EQ(revisions_.said, std::vector<std::string>{"add"}) << "nothing is told, and nothing superseded";
  ASSERT_EQ(revisions_.tasks.size(), 3u);
  for (const int i : {0, 1}) EXPECT_EQ(revisions_.tasks[i].rungs, std::vector<std::string>{"v540"});
  for (const auto& whole : runs(*revisions_.added->plan)) {
    if (whole.first >= kHeadSegments || whole.kind != Kind::kEncode) continue;
    EXPECT_LT(whole.priority, revisions_.tasks[0].priority);
  }
}

TEST_F(PlanningTest, AHeadThatCantBePlannedIsNobodysFault) {
  EXPECT_TRUE(begin_early(fixture::probe(4, 4, {30, 1}, 600)));
  EXPECT_TRUE(begin_early(fail(internal("MEDIA_PROTOCOL", "nonsense"))));
  revisions_.early = true;
  EXPECT_TRUE(begin_early(probe_));
  revisions_.early = false, revisions_.gone = true;
  EXPECT_TRUE(begin_early(probe_));
  EXPECT_TRUE(revisions_.said.empty());
}

TEST_F(PlanningTest, WhatWasMadeOfTheBeginningIsAdopted) {
  ASSERT_TRUE(accept(probe_));
  EXPECT_TRUE(revisions_.adopted.empty());
  revisions_.said.clear();
  ASSERT_TRUE(accept(probe_, {"bb", 10, 20}));
  EXPECT_EQ(revisions_.adopted.size(), early_recipes(*revisions_.added->plan, {"bb", 10, 20}).size());
}

// As the first source of the series will be, but nothing of the series is decided by what may never come.
TEST_F(SeriesPlanningTest, AHeadThatArrivesEarlyIsPlannedLikeItsSeriesAndLeavesNoMarkOnIt) {
  const Head head{"bb", 10, 20};
  ASSERT_TRUE(begin_early(probe_));
  EXPECT_FALSE(revisions_.profile);
  EXPECT_FALSE(revisions_.added->source.series);
  for (const transcode::Run& run : revisions_.tasks)
    EXPECT_EQ(run.rungs, std::vector<std::string>{"v540"}) << "the other heads wait for the analysis of the whole";
  const std::vector<Recipe> made = early_recipes(*revisions_.added->plan, head);
  ASSERT_TRUE(accept(probe_, head));
  ASSERT_EQ(made.size(), revisions_.adopted.size());
  for (std::size_t i = 0; i < made.size(); ++i) EXPECT_EQ(made[i].text, revisions_.adopted[i].text);
}

}  // namespace
}  // namespace cliffhanger::transcode
