#include "services/insight/domain/distribution.h"

#include <algorithm>
#include <cmath>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {

void Distribution::add(int bucket, std::int64_t n) {
  const auto at = static_cast<std::size_t>(std::clamp(bucket, 0, kMostBucket));
  if (at >= buckets_.size()) buckets_.resize(at + 1);
  buckets_[at] += n;
  count_ += n;
}

std::optional<double> Distribution::quantile(double q) const {
  if (count_ <= 0) return std::nullopt;
  const auto rank =
      std::clamp<std::int64_t>(std::llround(std::ceil(q * static_cast<double>(count_))), 1, count_);
  std::int64_t seen = 0;
  std::size_t at = 0;
  while (at + 1 < buckets_.size() && (seen += buckets_[at]) < rank) ++at;
  // As far from the lower end as from the upper one, in proportion.
  return 2 * std::pow(kBucketGrowth, static_cast<double>(at)) / (kBucketGrowth + 1);
}

}  // namespace cliffhanger::insight
