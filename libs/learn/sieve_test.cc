#include "libs/learn/sieve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "libs/learn/test_factors.h"

namespace cliffhanger::learn {
namespace {

Eigen::VectorXf vector_of(int dimensions, std::uint64_t seed) {
  return factors_of(1, dimensions, false, seed).row(0).transpose();
}

void expect_holds(const std::vector<Index>& left, const std::vector<Index>& wanted) {
  EXPECT_TRUE(std::ranges::is_sorted(left));
  EXPECT_EQ(std::ranges::adjacent_find(left), left.end());
  for (const auto item : wanted) EXPECT_TRUE(std::ranges::binary_search(left, item)) << item;
}

TEST(Sieve, LeavesFewAndAllOfTheBest) {
  for (const int dimensions : {1, 3, 64, 65, 128, 600}) {
    const auto factors = factors_of(4000, dimensions, false);
    const Sieve sieve(factors);
    for (std::uint64_t i = 0; i < 20; ++i)
      for (const int k : {1, 10, 300}) {
        const auto vector = vector_of(dimensions, 100 + i);
        const auto left = sieve.find(vector, k);
        expect_holds(left, exact(factors, vector, k));
        EXPECT_LT(std::ssize(left), 4 * k + 100) << dimensions;
      }
  }
}

// Factors that a byte can't tell apart are all left.
TEST(Sieve, WhatDiffersByLessThanAByteTellsIsLeft) {
  const int items = 500, dimensions = 32;
  Scores factors = Scores::Ones(items, dimensions);
  for (Index row = 0; row < items; ++row) factors(row, row % dimensions) += 1e-5f * static_cast<float>(row);
  const Sieve sieve(factors);
  const Eigen::VectorXf vector = Eigen::VectorXf::Ones(dimensions);
  expect_holds(sieve.find(vector, 10), exact(factors, vector, 10));
  Scores same = Scores::Ones(items, dimensions);
  EXPECT_EQ(std::ssize(Sieve(same).find(vector, 1)), items) << "ties are for whoever asked";
}

TEST(Sieve, HoldsForFactorsOfAnySize) {
  for (const float scale : {1e-12f, 1e-4f, 1e4f, 1e12f}) {
    Scores factors = factors_of(1000, 16, false);
    for (Index row = 0; row < 1000; row += 3) factors.row(row) *= scale;
    const Sieve sieve(factors);
    const Eigen::VectorXf vector = scale * vector_of(16, 7);
    expect_holds(sieve.find(vector, 50), exact(factors, vector, 50));
  }
}

TEST(Sieve, ExtremesHoldNothingBack) {
  const int dimensions = 48;
  Scores factors = Scores::Zero(300, dimensions);
  for (Index row = 0; row < 300; ++row)  // products that use all of the sum's 32 bits, of both signs
    factors.row(row).setConstant(row % 2 == 0 ? static_cast<float>(row + 1) : -static_cast<float>(row + 1));
  const Eigen::VectorXf ones = Eigen::VectorXf::Ones(dimensions);
  const Sieve sieve(factors);
  EXPECT_EQ(sieve.find(ones, 1).back(), 298);
  EXPECT_EQ(sieve.find(-ones, 1).back(), 299);
  EXPECT_EQ(std::ssize(sieve.find(Eigen::VectorXf::Zero(dimensions), 5)), 300) << "all are as good";
  EXPECT_EQ(std::ssize(sieve.find(1e-30f * ones, 5)), 300);
  EXPECT_EQ(std::ssize(sieve.find(ones, 300)), 300);
  EXPECT_EQ(std::ssize(sieve.find(ones, 1000)), 300);
  EXPECT_TRUE(sieve.find(ones, 0).empty());
  EXPECT_TRUE(Sieve(Scores(0, dimensions)).find(ones, 5).empty());
  EXPECT_EQ(std::ssize(Sieve(Scores(3, 0)).find(Eigen::VectorXf(0), 1)), 3);
}

TEST(Sieve, LeavesAllOfWhatIsNoNumber) {
  Scores factors = factors_of(100, 8, false);
  const Eigen::VectorXf vector = vector_of(8, 3);
  Eigen::VectorXf broken = vector;
  broken[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(std::ssize(Sieve(factors).find(broken, 5)), 100);
  broken[2] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(std::ssize(Sieve(factors).find(broken, 5)), 100);
  factors(50, 3) = std::numeric_limits<float>::infinity();
  EXPECT_EQ(std::ssize(Sieve(factors).find(vector, 5)), 100);
}

TEST(Sieve, TakesAQuarterOfTheFactors) {
  const Sieve sieve(factors_of(1000, 128, false));
  EXPECT_EQ(sieve.bytes(), 1000u * (128 + 8));
}

}  // namespace
}  // namespace cliffhanger::learn
