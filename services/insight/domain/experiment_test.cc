#include "services/insight/domain/experiment.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "services/insight/domain/experiment_report.h"

namespace cliffhanger::insight {
namespace {

const Time kNow = from_micros(1'700'000'000'000'000);

Definition two_arms() {
  Definition d;
  d.key = "cold-open";
  d.name = "Cold open";
  d.variations = {{"control", "", "1", 0}, {"cold", "", R"({"cut":"b"})", 0}};
  return d;
}

std::string fault(const Definition& definition) {
  const auto got = checked(definition);
  return got ? "" : got.error().faults.at(0).field;
}

experiment::Object person(int number) {
  experiment::Object out;
  out["id"] = "person-" + std::to_string(number);
  return out;
}

TEST(Definitions, HaveDefaultsAndAreChecked) {
  const auto got = checked(two_arms());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->variations[1].weight, 0.5);
  EXPECT_EQ(got->hash_attribute, "id");
  EXPECT_EQ(got->metrics, std::vector{Metric::kWatchTime});
  const auto with = [](auto change) {
    Definition d = two_arms();
    change(d);
    return fault(d);
  };
  EXPECT_EQ(with([](Definition& d) { d.variations.pop_back(); }), "definition.variations");
  EXPECT_EQ(with([](Definition& d) { d.variations[1].key = "control"; }), "definition.variations[1].key");
  EXPECT_EQ(with([](Definition& d) { d.variations[0].weight = 0.3; }), "definition.variations");
  EXPECT_EQ(with([](Definition& d) { d.variations[0].weight = 1; }), "definition.variations");
  EXPECT_EQ(with([](Definition& d) { d.variations[0].value = std::string(5000, ' '); }),
            "definition.variations[0].value");
  EXPECT_EQ(with([](Definition& d) { d.coverage = 0; }), "definition.coverage");
  EXPECT_EQ(with([](Definition& d) { d.layer = {"feed", 0.5, 0.5}; }), "definition.layer");
  EXPECT_EQ(with([](Definition& d) { d.holdout = {"all", 1}; }), "definition.holdout.share");
  EXPECT_EQ(with([](Definition& d) { d.condition = "[]"; }), "definition.condition");
  EXPECT_EQ(with([](Definition& d) { d.condition = R"({"country": {"$near": 1}})"; }),
            "definition.condition");
  EXPECT_EQ(with([](Definition& d) { d.condition = std::string(40, '[') + std::string(40, ']'); }),
            "definition.condition");
  EXPECT_EQ(with([](Definition& d) { d.metrics = {Metric::kPlays, Metric::kPlays}; }), "definition.metrics");
  EXPECT_EQ(with([](Definition& d) { d.kind = SubjectKind::kEnding; }), "definition.subject.episodeId");
}

TEST(Definitions, ComeBackFromText) {
  Definition d = *checked(two_arms());
  d.bandit = true, d.coverage = 0.25, d.condition = R"({"country":"DE"})", d.layer = {"feed", 0.25, 0.5},
  d.holdout = {"all", 0.05};
  d.guardrails = {{Metric::kSkips, 0.1}};
  d.automatic_stop = true;
  const auto back = definition_of(to_json(d));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(d));
  EXPECT_EQ(back->guardrails[0].tolerance, 0.1);
  EXPECT_FALSE(definition_of("{"));
}

TEST(Life, GoesOneWay) {
  Experiment e;
  e.definition = *checked(two_arms());
  EXPECT_EQ(stop(e, kNow, "", "", "").error().reason, "EXPERIMENT_NOT_STARTED");
  EXPECT_TRUE(*start(e, kNow));
  EXPECT_FALSE(*start(e, kNow));
  EXPECT_EQ(stop(e, kNow, "", "", "nothing").error().reason, "WINNER_UNKNOWN");
  EXPECT_TRUE(*stop(e, kNow, "STOPPED_BY_HAND", "enough", ""));
  EXPECT_FALSE(*stop(e, kNow, "GUARDRAIL_BROKEN", "", ""));
  EXPECT_EQ(e.stop_code, "STOPPED_BY_HAND");
  EXPECT_TRUE(*stop(e, kNow, "", "", "cold")) << "a winner may be named later";
  EXPECT_FALSE(*stop(e, kNow, "", "", "control"));
  EXPECT_EQ(e.winner, "cold");
  EXPECT_EQ(start(e, kNow).error().reason, "EXPERIMENT_STOPPED");
}

// How many of 4,000 people get each of two experiments, and how many both.
struct Counts {
  int first = 0, second = 0, both = 0;
};
Counts count(const std::vector<Experiment>& two) {
  Counts out;
  for (int i = 0; i < 4000; ++i) {
    experiment::StickyDocuments sticky;
    bool in[2] = {false, false};
    for (const Given& given : give(two, person(i), sticky)) in[given.experiment - two.data()] = true;
    out.first += in[0], out.second += in[1], out.both += in[0] && in[1];
  }
  return out;
}

std::vector<Experiment> two_running(Layer a, Layer b, Holdout holdout) {
  std::vector<Experiment> out(2);
  for (int i = 0; i < 2; ++i) {
    Definition d = two_arms();
    d.key = i ? "second" : "first";
    d.layer = i ? b : a;
    d.holdout = holdout;
    out[static_cast<std::size_t>(i)].definition = *checked(d);
    EXPECT_TRUE(start(out[static_cast<std::size_t>(i)], kNow));
  }
  return out;
}

TEST(Giving, LayersShareNobodyAndHoldoutsGetNothing) {
  const Counts apart = count(two_running({"feed", 0, 0.5}, {"feed", 0.5, 1}, {}));
  EXPECT_EQ(apart.first + apart.second, 4000);
  EXPECT_EQ(apart.both, 0);
  EXPECT_NEAR(apart.first, 2000, 160);
  const Counts held = count(two_running({}, {}, {"all", 0.1}));
  EXPECT_EQ(held.first, held.both) << "the same people are held out of both";
  EXPECT_NEAR(held.first, 3600, 100);
}

TEST(Giving, WeightsThatMoveMoveNobodyWhoIsIn) {
  std::vector<Experiment> one = two_running({}, {}, {});
  one.pop_back();
  experiment::StickyDocuments sticky;
  std::vector<std::string> before;
  for (int i = 0; i < 500; ++i) before.push_back(give(one, person(i), sticky).at(0).variation_key);
  one[0].weights = {0.99, 0.01};
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(give(one, person(i), sticky).at(0).variation_key, before[static_cast<std::size_t>(i)]);
  int control = 0;
  for (int i = 500; i < 1000; ++i) control += give(one, person(i), sticky).at(0).variation == 0;
  EXPECT_GT(control, 480) << "new people go by the new weights";
}

TEST(Giving, WinnersAreForWhomTheExperimentWas) {
  std::vector<Experiment> one = two_running({}, {}, {});
  one.pop_back();
  one[0].definition.condition = R"({"country":"DE"})";
  ASSERT_TRUE(stop(one[0], kNow, "STOPPED_BY_HAND", "", "cold"));
  experiment::StickyDocuments sticky;
  auto who = person(1);
  EXPECT_TRUE(give(one, who, sticky).empty());
  who["country"] = "DE";
  const auto got = give(one, who, sticky);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].variation, 1);
  EXPECT_FALSE(got[0].in_experiment);
  EXPECT_TRUE(sticky.empty());
}

TEST(Reports, SeeBrokenGuardrails) {
  const std::vector<stats::Arm> worse{stats::proportion_arm(5000, 2500), stats::proportion_arm(5000, 1500)};
  const std::vector<stats::Arm> same{stats::proportion_arm(5000, 2500), stats::proportion_arm(5000, 2490)};
  EXPECT_TRUE(broken(compare(Metric::kWatched, worse), 0.05));
  EXPECT_FALSE(broken(compare(Metric::kWatched, worse), 0.6)) << "within what is tolerated";
  EXPECT_FALSE(broken(compare(Metric::kWatched, same), 0));
  EXPECT_FALSE(broken(compare(Metric::kSkips, worse), 0)) << "fewer skips are better";
  EXPECT_TRUE(broken(compare(Metric::kSkips, {worse[1], worse[0]}), 0.05));
}

TEST(Reports, StopOnlyWhatWantsToBeStopped) {
  Experiment e;
  e.definition = *checked(two_arms());
  ASSERT_TRUE(start(e, kNow));
  Report report;
  report.split.people = {5000, 5000};
  report.split_sequential_p = 1e-6;
  EXPECT_FALSE(reason_to_stop(e, report)) << "it was not asked for";
  e.definition.automatic_stop = true;
  EXPECT_EQ(reason_to_stop(e, report)->first, "SAMPLE_RATIO_MISMATCH");
  report.split_sequential_p = 0.01;
  EXPECT_FALSE(reason_to_stop(e, report));
  report.guardrails.emplace_back().broken = true;
  EXPECT_EQ(reason_to_stop(e, report)->first, "GUARDRAIL_BROKEN");
  report.split.people[1] = 40;
  EXPECT_FALSE(reason_to_stop(e, report)) << "too few to say so";
}

}  // namespace
}  // namespace cliffhanger::insight
