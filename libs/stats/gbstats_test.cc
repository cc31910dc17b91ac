// GrowthBook's own figures (packages/stats/tests/frequentist), to five decimals.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "libs/stats/effect.h"
#include "libs/stats/ratio_mismatch.h"
#include "libs/testing/servers.h"

namespace cliffhanger::stats {
namespace {

namespace json = boost::json;

double real(const json::value& value) {
  return value.to_number<double>();
}

class GbStats : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = harness::shared_file("data/experiments/stats_vectors.json");
    if (path.empty()) GTEST_SKIP() << "there is no ../shared/data/experiments/stats_vectors.json";
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    all_ = json::parse(text.str());
  }
  Arm arm(const char* vector, const char* which) {
    const json::object& in = all_.at(vector).at(which).as_object();
    if (!in.contains("sum_squares")) return proportion_arm(real(in.at("n")), real(in.at("sum")));
    return mean_arm(real(in.at("n")), real(in.at("sum")), real(in.at("sum_squares")));
  }
  void expect(const Effect& got, const char* vector) {
    const json::object& wanted = all_.at(vector).at("expect").as_object();
    constexpr double kFive = 0.5e-5 + 1e-9;
    ASSERT_TRUE(got.known);
    EXPECT_NEAR(got.estimate, real(wanted.contains("lift") ? wanted.at("lift") : wanted.at("diff")), kFive);
    EXPECT_NEAR(got.standard_error, real(wanted.at("se")), kFive);
    EXPECT_NEAR(got.low, real(wanted.at("ci").at(0)), kFive);
    EXPECT_NEAR(got.high, real(wanted.at("ci").at(1)), kFive);
    EXPECT_NEAR(got.p, real(wanted.at("p")), kFive);
  }
  json::value all_;
};

TEST_F(GbStats, TTests) {
  const Arm a = arm("two_sided_t_relative", "a"), b = arm("two_sided_t_relative", "b");
  expect(t_test(a, b, Difference::kRelative), "two_sided_t_relative");
  expect(t_test(a, b, Difference::kAbsolute), "two_sided_t_absolute");
  expect(t_test(arm("two_sided_t_proportion_relative", "a"), arm("two_sided_t_proportion_relative", "b"),
                Difference::kRelative),
         "two_sided_t_proportion_relative");
}

TEST_F(GbStats, SequentialTests) {
  const Arm a = arm("sequential_t", "a"), b = arm("sequential_t", "b");
  expect(sequential_test(a, b, Difference::kRelative, 0.05, 1000), "sequential_t");
  expect(sequential_test(arm("sequential_proportion_default_N5000", "a"),
                         arm("sequential_proportion_default_N5000", "b"), Difference::kRelative),
         "sequential_proportion_default_N5000");
}

TEST_F(GbStats, Cuped) {
  Arm a = arm("sequential_t", "a"), b = arm("sequential_t", "b");
  const auto before = [&](Arm& to, const char* which) {
    const json::object& in = all_.at("sequential_cuped").at(which).as_object();
    to.sum[kValueBefore] = real(in.at("sum"));
    to.product[kValueBefore][kValueBefore] = real(in.at("sum_squares"));
    to.product[kValue][kValueBefore] = to.product[kValueBefore][kValue] =
        real(all_.at("sequential_cuped").at("post_pre_sum_of_products"));
    to.adjusted = true;
  };
  before(a, "pre_a");
  before(b, "pre_b");
  expect(sequential_test(a, b, Difference::kRelative), "sequential_cuped");
}

// The moments are those of test_two_sided_ttest_test_runs_ratio_ra.
TEST_F(GbStats, CupedOfRatios) {
  const auto ratio = [](std::array<double, 4> sum, std::array<double, 4> squares, double m_mb, double d_db,
                        double mb_db, double m_d, double m_db, double mb_d) {
    Arm out;
    out.people = 100;
    out.sum = sum;
    for (std::size_t i = 0; i < 4; ++i) out.product[i][i] = squares[i];
    const auto put = [&](Quantity i, Quantity j, double value) {
      out.product[i][j] = out.product[j][i] = value;
    };
    put(kValue, kValueBefore, m_mb), put(kPer, kPerBefore, d_db), put(kValueBefore, kPerBefore, mb_db);
    put(kValue, kPer, m_d), put(kValue, kPerBefore, m_db), put(kValueBefore, kPer, mb_d);
    out.ratio = out.adjusted = true;
    return out;
  };
  const Arm a =
      ratio({485.112236689623, 679.9093275844917, 192.59138069991536, 290.1398399750233},
            {2715.484666118136, 4939.424001640236, 460.076026390857, 920.9461385038898}, 1113.6215759318352,
            2130.9404074446747, 634.239482353647, 3602.146836776702, 1559.2878434944676, 1460.3181079276983);
  const Arm b =
      ratio({514.7757826608777, 705.4090874383759, 206.94157227402536, 302.54389139107326},
            {2994.897482705013, 5291.36604146392, 514.2903702246757, 994.4506208125663}, 1237.0953021125997,
            2292.081739775257, 698.4173425817908, 3918.1561431600717, 1701.0287270040265, 1604.0759503266522);
  expect(t_test(a, b, Difference::kRelative), "cuped_ratio_two_sided");
}

TEST_F(GbStats, SampleRatioMismatch) {
  for (const json::value& one : all_.at("srm_chi2_p").at("expect").as_array()) {
    std::vector<double> people, weights;
    for (const json::value& n : one.at(0).as_array()) people.push_back(real(n));
    for (const json::value& w : one.at(1).as_array()) weights.push_back(real(w));
    EXPECT_NEAR(mismatch_p(people, weights), real(one.at(2)), 0.5e-5);
  }
}

}  // namespace
}  // namespace cliffhanger::stats
