#pragma once
// Distributions in logarithmic buckets (DDSketch: Masson, Rim, Lee, VLDB 2019): they add up without loss,
// over minutes and parts, and every quantile is within 1 % of one of the values that were counted.
#include <cstdint>
#include <optional>
#include <vector>

namespace cliffhanger::insight {

// Counts by bucket: bucket i holds values in (1.02^(i-1), 1.02^i], bucket 0 all up to 1. The function
// quality_bucket of the schema puts values into them.
class Distribution {
 public:
  // Adds `n` to a bucket; any order.
  void add(int bucket, std::int64_t n);
  std::int64_t count() const { return count_; }
  // The value that a share `q` of all, from 0 to 1, does not exceed (nearest rank); nullopt of none.
  std::optional<double> quantile(double q) const;

 private:
  std::vector<std::int64_t> buckets_;  // as many as the highest one asks for
  std::int64_t count_ = 0;
};

}  // namespace cliffhanger::insight
