#include "libs/learn/unlearn.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "libs/learn/test_data.h"

namespace cliffhanger::learn {
namespace {

Eigen::MatrixXd trained(const Eigen::MatrixXd& x, double lambda) {
  Eigen::MatrixXd gram = x.transpose() * x;
  gram.diagonal().array() += lambda;
  return gram.inverse();
}

Eigen::MatrixXd without(const Eigen::MatrixXd& x, Eigen::Index row) {
  Eigen::MatrixXd out(x.rows() - 1, x.cols());
  out << x.topRows(row), x.bottomRows(x.rows() - row - 1);
  return out;
}

TEST(Unlearn, EqualsARetrainWithoutTheUser) {
  const auto data = two_tastes(80);
  const Eigen::MatrixXd x = dense_of(data);
  for (const Index user : {0, 17, 79}) {
    auto inverse = trained(x, 3);
    ASSERT_TRUE(forget_user(inverse, data.of(user)));
    const auto expected = trained(without(x, user), 3);
    EXPECT_LT((inverse - expected).cwiseAbs().maxCoeff(), 1e-6) << user;
    EXPECT_LT((ease_weights(inverse) - ease_weights(expected)).cwiseAbs().maxCoeff(), 1e-6) << user;
  }
}

TEST(Unlearn, AllMayLeaveOneAfterAnother) {
  const auto data = two_tastes(40);
  auto inverse = trained(dense_of(data), 3);
  for (Index user = 0; user < data.users; ++user) ASSERT_TRUE(forget_user(inverse, data.of(user)));
  EXPECT_LT((inverse - Eigen::MatrixXd::Identity(20, 20) / 3).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(Unlearn, WeighedUsersToo) {
  const auto data = two_tastes(40);
  Eigen::MatrixXd x = dense_of(data);
  x.row(5) *= 0.5;
  auto inverse = trained(x, 3);
  ASSERT_TRUE(forget_user(inverse, data.of(5), 0.25));
  EXPECT_LT((inverse - trained(without(x, 5), 3)).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(Unlearn, RefusesWhoWasNeverThere) {
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(3, 3);
  const auto before = inverse;
  const Index all[] = {0, 1}, outside[] = {0, 3};
  EXPECT_EQ(forget_user(inverse, all).error().reason, "NOT_IN_MODEL");
  EXPECT_EQ(forget_user(inverse, outside).error().reason, "NO_SUCH_ITEM");
  EXPECT_EQ(inverse, before);
}

}  // namespace
}  // namespace cliffhanger::learn
