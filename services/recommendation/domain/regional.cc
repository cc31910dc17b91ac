#include "services/recommendation/domain/regional.h"

#include <algorithm>
#include <tuple>

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

// What would have begun it lately, if it had kept its share.
double expected(const Begun& series, const Begun& all) {
  return all.before > 0 ? series.before * all.lately / all.before : 0;
}

double shrunk(double seen, double wanted, double prior) {
  return (seen + kPriorViewers * prior) / (wanted + kPriorViewers);
}

}  // namespace

double growth(const RegionalCount& count) {
  const double everywhere = shrunk(count.everywhere.lately, expected(count.everywhere, count.all), 1);
  return shrunk(count.here.lately, expected(count.here, count.region), everywhere);
}

std::vector<Growing> growing(std::span<const RegionalCount> counts) {
  std::vector<Growing> out;
  for (const auto& count : counts) {
    if (count.here.lately < kLeastViewers) continue;
    if (const double by = growth(count); by > 1) out.push_back({count.series, by});
  }
  std::sort(out.begin(), out.end(), [](const Growing& a, const Growing& b) {
    return std::tie(b.growth, a.series) < std::tie(a.growth, b.series);
  });
  if (out.size() > kRegionalCandidates) out.resize(kRegionalCandidates);
  return out;
}

}  // namespace cliffhanger::recommendation
