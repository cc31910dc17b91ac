#include "libs/learn/slist.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <atomic>
#include <cmath>

#include "libs/learn/test_data.h"

namespace cliffhanger::learn {
namespace {

const Parameters kParameters = {
    {"lambda", 2}, {"recency", 0.7}, {"future", 0.4}, {"whole", 0.2}, {"user_power", 0.5}};

History walks() {
  return history_of(6, {{0, 1, 2, 3}, {3, 1, 0}, {2, 5, 4, 0, 1}, {4, 5}, {5}, {}, {1, 4, 2}}, true);
}

// What is minimised, row by row: the normal equations, and Lagrange's multipliers for the diagonal of 0.
Eigen::MatrixXd reference(const History& data, Parameters p) {
  Eigen::MatrixXd a = p["lambda"] * Eigen::MatrixXd::Identity(data.items, data.items);
  Eigen::MatrixXd c = Eigen::MatrixXd::Zero(data.items, data.items);
  for (Index user = 0; user < data.users; ++user) {
    const auto of = data.of(user);
    const double weight = std::pow(std::max<double>(1, static_cast<double>(of.size())), -p["user_power"]);
    Eigen::VectorXd all = Eigen::VectorXd::Zero(data.items), past = all;
    for (const Index item : of) all[item] = 1;
    a += weight * p["whole"] * all * all.transpose();
    c += weight * p["whole"] * all * all.transpose();
    for (std::size_t t = 0; t + 1 < of.size(); ++t) {
      past *= p["recency"];
      past[of[t]] += 1;
      Eigen::VectorXd next = Eigen::VectorXd::Zero(data.items);
      for (std::size_t r = t + 1; r < of.size(); ++r) next[of[r]] += std::pow(p["future"], r - t - 1.0);
      a += weight * past * past.transpose();
      c += weight * past * next.transpose();
    }
  }
  const Eigen::MatrixXd inverse = a.inverse(), free = inverse * c;
  Eigen::MatrixXd b =
      free - inverse * (free.diagonal().array() / inverse.diagonal().array()).matrix().asDiagonal();
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(data.users, data.items);
  for (Index user = 0; user < data.users; ++user) {
    double weight = 1;
    const auto of = data.of(user);
    for (auto item = of.rbegin(); item != of.rend(); ++item, weight *= p["recency"])
      out.row(user) += weight * b.row(*item);
  }
  return out;
}

TEST(Slist, SolvesItsNormalEquations) {
  const auto data = walks();
  for (const auto& [name, value] : std::vector<std::pair<std::string, double>>{
           {"lambda", 2}, {"recency", 1}, {"recency", 0.4}, {"whole", 0}, {"future", 0}, {"user_power", 0}}) {
    auto parameters = kParameters;
    parameters[name] = value;
    Resources two;
    two.threads = 2;
    const auto model = Slist().fit(data, parameters, two);
    ASSERT_TRUE(model);
    const Eigen::MatrixXd off = scores_of(**model, data).cast<double>() - reference(data, parameters);
    EXPECT_LT(off.cwiseAbs().maxCoeff(), 1e-4) << name << " " << value;
  }
}

TEST(Slist, WantsOrderAndALambda) {
  EXPECT_EQ(Slist().fit(two_tastes(20), {}, {}).error().reason, "NO_ORDER");
  const auto twice = history_of(3, {{0, 1}, {0, 1}}, true);
  EXPECT_EQ(Slist().fit(twice, {{"lambda", 0}, {"whole", 0}}, {}).error().reason, "NOT_DEFINITE");
}

TEST(Slist, EndsWhenTimeIsUp) {
  auto data = power_law(300, 700, 5000, 5);
  data.ordered = true;
  for (const int looks : {0, 20, 45, 50}) {
    std::atomic<int> left = looks;
    Resources resources;
    resources.expired = [&] { return left-- <= 0; };
    const auto model = Slist().fit(data, {}, resources);
    ASSERT_FALSE(model) << looks;
    EXPECT_EQ(model.error().code, Code::kDeadlineExceeded);
  }
}

}  // namespace
}  // namespace cliffhanger::learn
