#include "libs/stats/survival.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>

namespace cliffhanger::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const double k95 = boost::math::quantile(boost::math::normal(), 0.975);

void sort_by_time(std::vector<Subject>& subjects) {
  std::sort(subjects.begin(), subjects.end(),
            [](const Subject& a, const Subject& b) { return a.time < b.time; });
}

double people_of(const std::vector<Subject>& subjects) {
  double out = 0;
  for (const Subject& one : subjects) out += one.people;
  return out;
}

// Takes everybody up to and at `time` off `next` and `left`, and says how many events of that very time were
// among them.
double pass(const std::vector<Subject>& sorted, std::size_t& next, double& left, double time) {
  double events = 0;
  for (; next < sorted.size() && sorted[next].time <= time; ++next) {
    left -= sorted[next].people;
    if (sorted[next].event) events += sorted[next].people;
  }
  return events;
}

}  // namespace

double SurvivalStep::standard_error() const {
  return survival > 0 ? survival * std::sqrt(greenwood) : kNaN;
}
double SurvivalStep::low() const {
  return survival > 0 ? survival * std::exp(-k95 * std::sqrt(greenwood)) : kNaN;
}
double SurvivalStep::high() const {
  return survival > 0 ? std::min(1.0, survival * std::exp(k95 * std::sqrt(greenwood))) : kNaN;
}

std::vector<SurvivalStep> kaplan_meier(std::vector<Subject> subjects) {
  sort_by_time(subjects);
  std::vector<SurvivalStep> out;
  SurvivalStep step;
  double left = people_of(subjects);
  for (std::size_t next = 0; next < subjects.size();) {
    step.time = subjects[next].time;
    step.at_risk = left;
    step.events = pass(subjects, next, left, step.time);
    if (step.events == 0) continue;
    step.survival *= 1 - step.events / step.at_risk;
    step.greenwood += step.events / (step.at_risk * (step.at_risk - step.events));
    out.push_back(step);
  }
  return out;
}

SurvivalStep at_time(std::span<const SurvivalStep> curve, double time) {
  const auto after = std::upper_bound(curve.begin(), curve.end(), time,
                                      [](double t, const SurvivalStep& step) { return t < step.time; });
  return after == curve.begin() ? SurvivalStep{} : *(after - 1);
}

LogRank log_rank(std::vector<Subject> a, std::vector<Subject> b) {
  sort_by_time(a);
  sort_by_time(b);
  double difference = 0, variance = 0;
  double left_a = people_of(a), left_b = people_of(b);
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const double time = std::min(i < a.size() ? a[i].time : b[j].time, j < b.size() ? b[j].time : a[i].time);
    const double of_a = left_a, of_both = left_a + left_b;
    const double events_a = pass(a, i, left_a, time), events = events_a + pass(b, j, left_b, time);
    if (events == 0) continue;
    difference += events_a - events * of_a / of_both;
    if (of_both > 1)
      variance += events * of_a / of_both * (1 - of_a / of_both) * (of_both - events) / (of_both - 1);
  }
  if (!(variance > 0)) return {};
  const double x = difference * difference / variance;
  return {x, boost::math::cdf(boost::math::complement(boost::math::chi_squared(1), x))};
}

}  // namespace cliffhanger::stats
