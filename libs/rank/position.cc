#include "libs/rank/position.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::rank {

Result<std::vector<double>> examination(std::span<const Placed> log, int positions) {
  std::vector<double> takes(static_cast<std::size_t>(std::max(positions, 1)), 0), shown = takes;
  for (const auto& one : log) {
    if (one.position < 0 || one.position >= positions || !(one.propensity > 0 && one.propensity <= 1))
      return fail(invalid("BAD_LOG", "A place or a propensity of the log is out of bounds."));
    const auto at = static_cast<std::size_t>(one.position);
    shown[at] += 1 / one.propensity;
    if (one.taken) takes[at] += 1 / one.propensity;
  }
  if (takes[0] <= 0) return fail(invalid("BAD_LOG", "Nothing was taken in the first place."));
  std::vector<double> out(takes.size(), 0);
  for (std::size_t at = 0; at < out.size(); ++at)
    if (shown[at] > 0) out[at] = takes[at] / shown[at] / (takes[0] / shown[0]);
  return out;
}

// Takes over what was looked at, a ratio: both are sums of the same showings, so that a place that is hardly
// looked at says little instead of much with great variance.
std::vector<double> attraction(std::span<const Placed> log, int items, std::span<const double> examination,
                               double prior) {
  std::vector<double> takes(static_cast<std::size_t>(items), 0), looked = takes;
  double all_takes = 0, all_looked = 0;
  for (const auto& one : log) {
    if (one.item < 0 || one.item >= items || one.position < 0 || one.position >= std::ssize(examination))
      continue;
    const double seen = std::max(examination[static_cast<std::size_t>(one.position)], kLeastExamination);
    const auto item = static_cast<std::size_t>(one.item);
    looked[item] += seen, all_looked += seen;
    takes[item] += one.taken, all_takes += one.taken;
  }
  const double mean = all_looked > 0 ? all_takes / all_looked : 0;
  for (std::size_t i = 0; i < takes.size(); ++i)
    takes[i] = (takes[i] + prior * mean) / std::max(looked[i] + prior, 1e-9);
  return takes;
}

}  // namespace cliffhanger::rank
