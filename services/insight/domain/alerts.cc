#include "services/insight/domain/alerts.h"

#include <algorithm>
#include <cmath>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// 1.4826 times the median absolute deviation of what is there, `least` at least.
double deviation(std::vector<double> values, double least) {
  const double middle = median(values);
  for (double& one : values) one = std::abs(one - middle);
  return std::max(1.4826 * median(values), least);
}

double share_of(const Day& day) {
  return std::min(1.0, static_cast<double>(day.completes) / static_cast<double>(day.plays));
}

constexpr std::int64_t kWeek = 7;
constexpr std::size_t kFewestSameDays = 3;  // that show what its day of the week is like

struct Series {
  std::vector<double> before, same_day;  // all, and those of the same day of the week
  void add(double value, std::int64_t days_before) {
    before.push_back(value);
    if (days_before % kWeek == 0) same_day.push_back(value);
  }
  double usual() const {
    std::vector<double> copy = before;
    return median(copy);
  }
};

void judge(std::int64_t day, bool completion, double value, const Series& series, double least,
           std::vector<OddDay>& out) {
  if (series.before.size() < kFewestUsualDays) return;
  const double score = robust_score(value, series.before, least);
  if (std::abs(score) < kOddScore) return;
  if (series.same_day.size() >= kFewestSameDays) {
    // By how much values vary is known better from all of them than from four.
    const double beside = robust_score(value, series.same_day, deviation(series.before, least));
    if (std::abs(beside) < kOddScore || (beside > 0) != (score > 0)) return;
  }
  out.push_back({day, completion, value, series.usual(), score});
}

}  // namespace

double robust_score(double value, std::vector<double> before, double least) {
  if (before.empty()) return 0;
  const double middle = median(before);
  return (value - middle) / deviation(std::move(before), least);
}

std::vector<OddDay> odd_days(const std::vector<Day>& days, std::int64_t from, std::int64_t until) {
  std::vector<OddDay> out;
  if (days.empty()) return out;
  const std::int64_t first = days.front().number;
  std::vector<Day> all;  // without gaps
  for (std::int64_t number = first; number < until; ++number) all.push_back({number, 0, 0});
  for (const Day& day : days)
    if (day.number < until) all[static_cast<std::size_t>(day.number - first)] = day;
  for (std::int64_t number = std::max(from, first); number < until; ++number) {
    const Day& day = all[static_cast<std::size_t>(number - first)];
    Series plays, shares;
    for (std::int64_t at = std::max(first, number - kUsualDays); at < number; ++at) {
      const Day& before = all[static_cast<std::size_t>(at - first)];
      plays.add(static_cast<double>(before.plays), number - at);
      if (before.plays >= kFewestPlays) shares.add(share_of(before), number - at);
    }
    // Counts vary by their square root, shares by the root of p(1 - p)/n.
    const double usual = plays.before.empty() ? 0 : plays.usual();
    judge(number, false, static_cast<double>(day.plays), plays, std::sqrt(std::max(usual, 1.0)), out);
    if (day.plays < kFewestPlays || shares.before.empty()) continue;
    const double p = shares.usual();
    const double least = std::max(std::sqrt(p * (1 - p) / static_cast<double>(day.plays)), 0.01);
    judge(number, true, share_of(day), shares, least, out);
  }
  return out;
}

}  // namespace cliffhanger::insight
