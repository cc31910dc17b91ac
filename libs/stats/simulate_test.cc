// What the statistics promise, held against experiments whose truth is known. bench/run simulate-experiments
// does the same at length.
#include "libs/stats/simulate.h"

#include <gtest/gtest.h>

namespace cliffhanger::stats {
namespace {

TEST(Simulated, PeekingAHundredTimesRaisesNoFalseAlarms) {
  const FalseAlarms got = peek_at_nothing(1000, 100, 100, 1);
  EXPECT_LE(got.sequential, 50) << "of a thousand";
  EXPECT_GE(got.fixed, 200) << "the same looks with a t-test, or else the simulation shows nothing";
  EXPECT_LE(got.mismatch, 5);
}

TEST(Simulated, CupedTakesRhoSquaredOffTheVariance) {
  for (const double rho : {0.0, 0.5, 0.9}) {
    const VarianceCut got = cuped_cut(rho, 1500, 300, 2);
    EXPECT_NEAR(got.reported, got.rho_squared, 0.01) << rho;
    // The standard error of a ratio of variances of 1,500.
    EXPECT_NEAR(got.seen, got.rho_squared, 0.08 * (1 - got.rho_squared) + 0.01) << rho;
  }
}

TEST(Simulated, PlantedCliffhangersAreFound) {
  const Coverage got = cliffhanger_coverage(0.4, 0.3, 400, 2000, 3);
  EXPECT_GE(got.covered, 0.93);
  EXPECT_LE(got.covered, 0.97);
  EXPECT_NEAR(got.mean, got.truth, 0.002) << "without bias";
  EXPECT_GT(got.mean_censored, 0.1);
}

}  // namespace
}  // namespace cliffhanger::stats
