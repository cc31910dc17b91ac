#include "libs/stats/arm.h"

namespace cliffhanger::stats {

void Arm::add(double value, double per, double value_before, double per_before) {
  const std::array<double, kQuantities> person{value, per, value_before, per_before};
  people += 1;
  for (std::size_t i = 0; i < kQuantities; ++i) {
    sum[i] += person[i];
    for (std::size_t j = 0; j < kQuantities; ++j) product[i][j] += person[i] * person[j];
  }
}

double Arm::covariance(Quantity a, Quantity b) const {
  if (people <= 1) return 0;
  if (!ratio && (a == kPer || b == kPer || a == kPerBefore || b == kPerBefore)) return 0;  // always 1
  if (proportion) return product[a][b] / people - mean(a) * mean(b);
  return (product[a][b] - sum[a] * sum[b] / people) / (people - 1);
}

Arm mean_arm(double people, double sum, double sum_squares) {
  Arm out;
  out.people = people;
  out.sum = {sum, people, 0, people};
  out.product[kValue][kValue] = sum_squares;
  return out;
}

Arm proportion_arm(double people, double sum) {
  Arm out = mean_arm(people, sum, sum);
  out.proportion = true;
  return out;
}

}  // namespace cliffhanger::stats
