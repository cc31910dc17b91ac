#pragma once
// What the people of one variation did, as sums that go up and down with each of them.
#include <array>
#include <vector>

#include "libs/stats/arm.h"
#include "services/insight/domain/experiment.h"

namespace cliffhanger::insight {

// What one person did. Shares are 0 or 1.
enum Doing : std::size_t {
  kDidPlays,
  kDidWatch,  // seconds
  kDidCompletions,
  kDidSkips,
  kDidWatchAnything,
  kDidLike,
  kDidFollow,
  kDidComment,
  kDidReturn,  // on a later day; before: whether they were there on an earlier one
  kDoings
};
// Since they were exposed, and behind that the same of before.
inline constexpr std::size_t kNumbers = 2 * kDoings, kProducts = kNumbers * (kNumbers + 1) / 2;
using Numbers = std::array<double, kNumbers>;

struct Tally {
  double people = 0;
  std::vector<double> weights;  // summed over its people
  std::array<double, kNumbers> sums{};
  std::array<double, kProducts> products{};  // of each two; the upper triangle, by rows

  void add(const Numbers& numbers, const std::vector<double>& of_weights) { change(numbers, of_weights, 1); }
  void remove(const Numbers& numbers, const std::vector<double>& of_weights) {
    change(numbers, of_weights, -1);
  }
  // What a metric needs of it. Whether it is adjusted depends on all arms, and is not said.
  stats::Arm arm(Metric metric) const;

 private:
  void change(const Numbers& numbers, const std::vector<double>& of_weights, double by);
};

}  // namespace cliffhanger::insight
