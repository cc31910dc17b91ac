#include "libs/learn/graph_filter.h"

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>

#include "libs/learn/metrics.h"
#include "libs/learn/test_data.h"

namespace cliffhanger::learn {
namespace {

// R̃, by hand.
Eigen::MatrixXd normalised(const Eigen::MatrixXd& r) {
  const Eigen::VectorXd users = r.rowwise().sum().cwiseMax(1).cwiseSqrt().cwiseInverse();
  const Eigen::VectorXd items = r.colwise().sum().transpose().cwiseMax(1).cwiseSqrt().cwiseInverse();
  return users.asDiagonal() * r * items.asDiagonal();
}

// The blurred signal with the exact first `rank` singular vectors.
Eigen::MatrixXd blurred(const History& data, int rank, double ideal) {
  const Eigen::MatrixXd r = dense_of(data), n = normalised(r);
  const Eigen::VectorXd root = r.colwise().sum().transpose().cwiseMax(1).cwiseSqrt();
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(n, Eigen::ComputeThinV);
  const Eigen::MatrixXd v = svd.matrixV().leftCols(rank);
  return r * n.transpose() * n +
         ideal * r * root.cwiseInverse().asDiagonal() * v * v.transpose() * root.asDiagonal();
}

TEST(GfCf, EqualsTheDenseSingularVectors) {
  const auto data = two_tastes(50);
  const auto model = GfCf().fit(data, {{"rank", 2}, {"ideal", 0.3}}, {});
  ASSERT_TRUE(model);
  EXPECT_LT((scores_of(**model, data).cast<double>() - blurred(data, 2, 0.3)).cwiseAbs().maxCoeff(), 1e-2);
}

// By the matrices themselves, user by user.
Eigen::MatrixXd sharpened(const History& data, int rank, double ideal, double sharpen) {
  const Eigen::MatrixXd n = normalised(dense_of(data)), blur = blurred(data, rank, ideal);
  const Eigen::MatrixXd p = sharpen * n.transpose() * n;
  return blur - blur * p + blur * p * p / 2 - blur * p * p * p / 6 + blur * p * p * p * p / 24;
}

TEST(Bspm, SharpensWhatIsBlurred) {
  const auto data = two_tastes(50);
  const auto model = Bspm().fit(data, {{"rank", 10}, {"ideal", 0.2}, {"sharpen", 0.7}}, {});
  ASSERT_TRUE(model);
  const Eigen::MatrixXd off = scores_of(**model, data).cast<double>() - sharpened(data, 10, 0.2, 0.7);
  EXPECT_LT(off.cwiseAbs().maxCoeff(), 1e-2);
}

// Where many frequencies are beyond those that are known: nearly the same order of items.
TEST(Bspm, SharpensWhatLiesBeyondByItsMean) {
  const auto data = power_law(400, 300, 6000, 6);
  const auto model = Bspm().fit(data, {{"rank", 64}, {"ideal", 0.2}, {"sharpen", 1.5}}, {});
  ASSERT_TRUE(model);
  const Eigen::MatrixXd got = scores_of(**model, data).cast<double>(), exact = sharpened(data, 64, 0.2, 1.5);
  double same = 0;
  for (Index user = 0; user < data.users; ++user) {
    const Eigen::VectorXf a = got.row(user).cast<float>(), b = exact.row(user).cast<float>();
    const auto ours = top({a.data(), 300}, 20), theirs = top({b.data(), 300}, 20);
    for (const Index item : ours) same += std::find(theirs.begin(), theirs.end(), item) != theirs.end();
  }
  EXPECT_GT(same / (20.0 * data.users), 0.9);
}

TEST(GraphFilter, TiltsByHowManyTookSomething) {
  const auto data = power_law(60, 40, 500, 4);
  const Parameters plain = {{"rank", 6}, {"ideal", 0.2}, {"sharpen", 0.7}};
  auto tilted = plain;
  tilted["source"] = 0.2, tilted["target"] = -0.1;
  const auto model = Bspm().fit(data, tilted, {}), straight = Bspm().fit(data, plain, {});
  ASSERT_TRUE(model && straight);
  // By linearity: the plain filter of a history is the sum of those of its items.
  const auto counts = item_counts(data);
  History single;
  single.items = data.items;
  for (Index item = 0; item < data.items; ++item) single.add_user(std::vector<Index>{item});
  const Scores rows = scores_of(**straight, single), got = scores_of(**model, data);
  Scores expected = Scores::Zero(data.users, data.items);
  for (Index user = 0; user < data.users; ++user)
    for (const Index item : data.of(user))
      expected.row(user) += std::pow(static_cast<float>(counts[item]), -0.2f) * rows.row(item);
  for (Index item = 0; item < data.items; ++item)
    expected.col(item) *= std::pow(static_cast<float>(std::max<Index>(counts[item], 1)), 0.1f);
  EXPECT_LT((got - expected).cwiseAbs().maxCoeff(), 1e-4f);
}

TEST(GraphFilter, VectorsAreOrthonormalAndInOrder) {
  const auto data = two_tastes(60);
  const auto graph = make_graph(data);
  const auto basis = right_singular_vectors(graph, 5, 3, {});
  ASSERT_TRUE(basis);
  EXPECT_LT((basis->transpose() * *basis - Dense::Identity(5, 5)).cwiseAbs().maxCoeff(), 1e-3f);
  const Dense image = product(graph.by_user, *basis, 2);
  EXPECT_NEAR(image.col(0).norm(), 1, 1e-3);  // of a normalised adjacency the largest is 1
  for (int i = 1; i < 5; ++i) EXPECT_LE(image.col(i).norm(), image.col(i - 1).norm() + 1e-4);
}

TEST(GraphFilter, WhatNobodyTookIsHarmless) {
  const auto data = history_of(4, {{0, 1}, {1}, {}});
  const auto model = Bspm().fit(data, {}, {});
  ASSERT_TRUE(model);
  EXPECT_TRUE(scores_of(**model, data).allFinite());
}

}  // namespace
}  // namespace cliffhanger::learn
