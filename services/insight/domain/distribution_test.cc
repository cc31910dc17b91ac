#include "services/insight/domain/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

// As the schema's quality_bucket does.
int bucket_of(double value) {
  return value <= 1 ? 0 : static_cast<int>(std::ceil(std::log(value) / std::log(kBucketGrowth)));
}

double exact(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

TEST(Distribution, QuantilesAreWithinAHundredth) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> long_tail(6, 1.3);
  std::uniform_real_distribution<double> even(1, 5000);
  std::exponential_distribution<double> waiting(0.002);
  for (int round = 0; round < 30; ++round) {
    Distribution it;
    std::vector<double> values;
    for (int i = 0; i < 1 + round * 150; ++i) {
      const double one = round % 3 == 0 ? long_tail(random) : round % 3 == 1 ? even(random) : waiting(random);
      values.push_back(std::max(1.0, std::round(one)));
      it.add(bucket_of(values.back()), 1);
    }
    for (const double q : {0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 1.0}) {
      const double truth = exact(values, q);
      EXPECT_LE(std::abs(*it.quantile(q) - truth), 0.01 * truth) << round << ' ' << q << ' ' << truth;
    }
  }
}

TEST(Distribution, PartsAddUpToTheWhole) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> values(6, 1);
  Distribution whole, added;
  std::vector<Distribution> parts(5);
  std::vector<std::pair<int, int>> all;
  for (int i = 0; i < 5000; ++i) {
    const int bucket = bucket_of(values(random));
    whole.add(bucket, 1);
    all.emplace_back(bucket, i);
  }
  std::shuffle(all.begin(), all.end(), random);
  for (const auto& [bucket, i] : all) added.add(bucket, 1);
  for (double q = 0; q <= 1; q += 0.05) EXPECT_EQ(whole.quantile(q), added.quantile(q));
}

TEST(Distribution, OfNothingThereIsNone) {
  Distribution it;
  EXPECT_FALSE(it.quantile(0.5));
  it.add(0, 1);
  EXPECT_NEAR(*it.quantile(0), 1, 0.01);
  EXPECT_NEAR(*it.quantile(1), 1, 0.01);
  it.add(1'000'000'000, 1);  // no memory for whatever a row says
  it.add(-5, 1);
  EXPECT_EQ(it.count(), 3);
  EXPECT_GT(*it.quantile(1), 1e12);
}

}  // namespace
}  // namespace cliffhanger::insight
