#pragma once
// What the people of one arm of an experiment gave, as sums that add up: everything the tests below need of
// them.
#include <array>
#include <cstddef>

namespace cliffhanger::stats {

// The four quantities of one person, of which a metric uses one, two or four.
enum Quantity : std::size_t { kValue, kPer, kValueBefore, kPerBefore, kQuantities };

// The metric is the mean of the value, or for a ratio the sum of the value over the sum of `per`. `before`
// are the same quantities of a time before the experiment, which the arms can't have changed: they take
// variance away (CUPED, Deng et al. 2013).
struct Arm {
  double people = 0;
  std::array<double, kQuantities> sum{};
  // Sums of products of each two; sums of squares on the diagonal. Symmetric.
  std::array<std::array<double, kQuantities>, kQuantities> product{};
  bool ratio = false;       // else `per` is 1 for everybody
  bool adjusted = false;    // whether there is a `before`
  bool proportion = false;  // values are 0 or 1: variances are p(1−p), without n−1

  // Somebody more.
  void add(double value, double per = 1, double value_before = 0, double per_before = 1);
  double mean(Quantity q) const { return people > 0 ? sum[q] / people : 0; }
  // Of two quantities of one person; the variance if they are the same.
  double covariance(Quantity a, Quantity b) const;
};

// Arms of means and proportions from their sums.
Arm mean_arm(double people, double sum, double sum_squares);
Arm proportion_arm(double people, double sum);

}  // namespace cliffhanger::stats
