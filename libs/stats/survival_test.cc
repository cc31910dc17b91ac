#include "libs/stats/survival.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "libs/stats/cliffhanger.h"
#include "libs/testing/servers.h"

namespace cliffhanger::stats {
namespace {

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) {
    std::erase(cell, '"');
    out.push_back(cell);
  }
  return out;
}

// The figures of R's survival package for Miller's data of leukaemia, to six digits.
class Aml : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = harness::shared_file("data/survival/aml.csv");
    if (path.empty()) GTEST_SKIP() << "there is no ../shared/data/survival";
    std::ifstream in(path);
    std::string line;
    for (std::getline(in, line); std::getline(in, line);) {
      const auto row = cells(line);
      (row[2] == "Maintained" ? maintained_ : other_).push_back({std::stod(row[0]), row[1] == "1"});
    }
  }
  std::vector<Subject> maintained_, other_;
};

TEST_F(Aml, KaplanMeierAgreesWithR) {
  std::ifstream in(harness::shared_file("data/survival/aml_km.csv"));
  std::string line;
  std::size_t next[2] = {0, 0};
  const std::vector<SurvivalStep> curves[2] = {kaplan_meier(maintained_), kaplan_meier(other_)};
  for (std::getline(in, line); std::getline(in, line);) {
    SCOPED_TRACE(line);
    const auto row = cells(line);
    const int group = row[0] == "x=Maintained" ? 0 : 1;
    ASSERT_LT(next[group], curves[group].size());
    const SurvivalStep& step = curves[group][next[group]++];
    EXPECT_EQ(step.time, std::stod(row[1]));
    EXPECT_EQ(step.at_risk, std::stod(row[2]));
    EXPECT_EQ(step.events, std::stod(row[3]));
    const double got[] = {step.survival, step.standard_error(), step.low(), step.high()};
    for (std::size_t i = 0; i < 4; ++i) {
      if (row[4 + i] == "NA")
        EXPECT_TRUE(std::isnan(got[i]));
      else
        EXPECT_NEAR(got[i], std::stod(row[4 + i]), 1e-6);
    }
  }
  EXPECT_EQ(next[0], curves[0].size());
  EXPECT_EQ(next[1], curves[1].size());
}

TEST_F(Aml, LogRankAgreesWithR) {
  std::ifstream in(harness::shared_file("data/survival/aml_logrank.txt"));
  std::string word;
  double chi = 0, p = 0;
  in >> word >> word >> chi >> word >> p;
  const LogRank got = log_rank(maintained_, other_);
  EXPECT_NEAR(got.chi_squared, chi, 1e-6);
  EXPECT_NEAR(got.p, p, 1e-6);
  const LogRank back = log_rank(other_, maintained_);
  EXPECT_NEAR(got.chi_squared, back.chi_squared, 1e-12);
}

TEST_F(Aml, ThoseAlikeTakenTogetherAreTheSame) {
  const auto together = [](const std::vector<Subject>& subjects) {
    std::map<std::pair<double, bool>, double> people;
    for (const Subject& one : subjects) ++people[{one.time, one.event}];
    std::vector<Subject> out{{3, true, 0}};  // of none: as if they were not there
    for (const auto& [what, count] : people) out.push_back({what.first, what.second, count});
    return out;
  };
  for (const auto* group : {&maintained_, &other_}) {
    const auto each = kaplan_meier(*group), all = kaplan_meier(together(*group));
    ASSERT_EQ(each.size(), all.size());
    for (std::size_t i = 0; i < each.size(); ++i) {
      EXPECT_EQ(each[i].time, all[i].time);
      EXPECT_EQ(each[i].at_risk, all[i].at_risk);
      EXPECT_EQ(each[i].survival, all[i].survival);
      EXPECT_EQ(each[i].greenwood, all[i].greenwood);
    }
  }
  EXPECT_EQ(log_rank(maintained_, other_).chi_squared,
            log_rank(together(maintained_), together(other_)).chi_squared);
  const Leaving each = leaving(maintained_, 30), all = leaving(together(maintained_), 30);
  EXPECT_EQ(each.hazard, all.hazard);
  EXPECT_EQ(each.standard_error, all.standard_error);
  EXPECT_EQ(each.reached, all.reached);
  EXPECT_EQ(each.went_on, all.went_on);
  EXPECT_EQ(each.censored, all.censored);
}

TEST(Survival, WhoIsCensoredAtATimeIsStillAtRiskAtIt) {
  const auto curve = kaplan_meier({{5, false}, {5, true}, {9, true}});
  ASSERT_EQ(curve.size(), 2U);
  EXPECT_EQ(curve[0].at_risk, 3);
  EXPECT_DOUBLE_EQ(curve[0].survival, 2.0 / 3);
  EXPECT_EQ(curve[1].at_risk, 1);
  EXPECT_EQ(curve[1].survival, 0);
}

TEST(Survival, OfNobody) {
  EXPECT_TRUE(kaplan_meier({}).empty());
  EXPECT_EQ(log_rank({}, {}).p, 1);
  EXPECT_EQ(log_rank({{1, true}}, {}).p, 1);
  EXPECT_EQ(log_rank({}, {{1, true}}).p, 1);
  EXPECT_EQ(at_time({}, 5).survival, 1);
}

TEST(Leaving, CountsWhoIsCensoredForAsLongAsTheyAreKnown) {
  // Four reached the end: one went on at once, one after the window, one has not within it, of one it isn't
  // known yet.
  const Leaving got = leaving({{10, true}, {200, true}, {150, false}, {50, false}}, 100);
  EXPECT_EQ(got.reached, 4);
  EXPECT_EQ(got.went_on, 1);
  EXPECT_EQ(got.censored, 1);
  EXPECT_DOUBLE_EQ(got.hazard, 0.75);
  EXPECT_TRUE(got.known);
  // Before anybody was watched for a whole window nothing is known, though the figure is there.
  EXPECT_FALSE(leaving({{10, true}, {50, false}}, 100).known);
  EXPECT_FALSE(leaving({}, 100).known);
  EXPECT_TRUE(leaving({{10, true}, {20, true}}, 100).known) << "all went on";
}

TEST(Leaving, EffectsPool) {
  const Effect one{.estimate = 0.10, .standard_error = 0.02, .known = true},
      two{.estimate = 0.20, .standard_error = 0.04, .known = true};
  const Effect all[] = {one, Effect{}, two};
  const Effect got = pooled(all);
  EXPECT_NEAR(got.estimate, (0.10 / 4 + 0.20 / 16) / (1.0 / 4 + 1.0 / 16), 1e-12);
  EXPECT_NEAR(got.standard_error, 1 / std::sqrt(2500 + 625.0), 1e-12);
  EXPECT_FALSE(pooled({}).known);
}

}  // namespace
}  // namespace cliffhanger::stats
