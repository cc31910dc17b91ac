#include "services/insight/domain/tally.h"

#include <algorithm>
#include <optional>

namespace cliffhanger::insight {
namespace {

// Where a product is.
std::size_t place_of(std::size_t a, std::size_t b) {
  if (a > b) std::swap(a, b);
  return a * kNumbers - a * (a + 1) / 2 + b;
}

// The quantities of a metric: the doing, and what it is divided by (none: people).
struct Parts {
  Doing value = kDidWatch;
  std::optional<Doing> per = {};
  bool share = false;
};
Parts parts_of(Metric metric) {
  switch (metric) {
    case Metric::kWatchTime:
      break;
    case Metric::kPlays:
      return {kDidPlays};
    case Metric::kCompletions:
      return {kDidCompletions};
    case Metric::kSkips:
      return {kDidSkips};
    case Metric::kWatched:
      return {kDidWatchAnything, {}, true};
    case Metric::kCompletionRate:
      return {kDidCompletions, kDidPlays};
    case Metric::kWatchTimePerPlay:
      return {kDidWatch, kDidPlays};
    case Metric::kLikes:
      return {kDidLike};
    case Metric::kFollows:
      return {kDidFollow};
    case Metric::kComments:
      return {kDidComment};
    case Metric::kReturned:
      return {kDidReturn, {}, true};
  }
  return {kDidWatch};
}

}  // namespace

void Tally::change(const Numbers& numbers, const std::vector<double>& of_weights, double by) {
  people += by;
  if (weights.size() < of_weights.size()) weights.resize(of_weights.size());
  for (std::size_t i = 0; i < of_weights.size(); ++i) weights[i] += by * of_weights[i];
  std::size_t place = 0;
  for (std::size_t a = 0; a < kNumbers; ++a) {
    sums[a] += by * numbers[a];
    for (std::size_t b = a; b < kNumbers; ++b) products[place++] += by * numbers[a] * numbers[b];
  }
}

stats::Arm Tally::arm(Metric metric) const {
  const Parts parts = parts_of(metric);
  std::array<std::optional<std::size_t>, stats::kQuantities> which;  // none: 1 for everybody
  which[stats::kValue] = parts.value;
  which[stats::kValueBefore] = kDoings + parts.value;
  if (parts.per) {
    which[stats::kPer] = *parts.per;
    which[stats::kPerBefore] = kDoings + *parts.per;
  }
  stats::Arm out;
  out.people = people;
  out.ratio = parts.per.has_value();
  out.proportion = parts.share;
  for (std::size_t a = 0; a < stats::kQuantities; ++a) {
    out.sum[a] = which[a] ? sums[*which[a]] : people;
    for (std::size_t b = 0; b < stats::kQuantities; ++b)
      out.product[a][b] = which[a] && which[b] ? products[place_of(*which[a], *which[b])]
                          : which[a]           ? sums[*which[a]]
                          : which[b]           ? sums[*which[b]]
                                               : people;
  }
  return out;
}

}  // namespace cliffhanger::insight
