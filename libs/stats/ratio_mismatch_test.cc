#include "libs/stats/ratio_mismatch.h"

#include <gtest/gtest.h>

#include <vector>

namespace cliffhanger::stats {
namespace {

using Values = std::vector<double>;

TEST(Mismatch, IsSeenAndOnlyWhereItIs) {
  EXPECT_LT(mismatch_p(Values{5000, 5600}, Values{1, 1}), kMismatch);
  EXPECT_LT(sequential_mismatch_p(Values{5000, 5600}, Values{1, 1}), kMismatch);
  EXPECT_GT(mismatch_p(Values{5000, 5100}, Values{1, 1}), kMismatch);
  EXPECT_GT(sequential_mismatch_p(Values{5000, 5100}, Values{1, 1}), kMismatch);
  EXPECT_GT(mismatch_p(Values{9000, 1000}, Values{0.9, 0.1}), 0.99);
  EXPECT_LT(sequential_mismatch_p(Values{8500, 1500}, Values{0.9, 0.1}), kMismatch);
}

TEST(Mismatch, OfNothing) {
  EXPECT_EQ(mismatch_p({}, {}), 1);
  EXPECT_EQ(mismatch_p(Values{0, 0}, Values{1, 1}), 1);
  EXPECT_EQ(mismatch_p(Values{5, 7}, Values{0, 0}), 1);
  EXPECT_EQ(mismatch_p(Values{5, 7}, Values{1}), 1);
  EXPECT_EQ(sequential_mismatch_p(Values{0, 0}, Values{1, 1}), 1);
}

}  // namespace
}  // namespace cliffhanger::stats
