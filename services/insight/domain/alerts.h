#pragma once
// Days that are not like the days before.
#include <cstdint>
#include <optional>
#include <vector>

namespace cliffhanger::insight {

// One day of an episode.
struct Day {
  std::int64_t number = 0;  // days since 1970-01-01
  std::int64_t plays = 0, completes = 0;
};

struct OddDay {
  std::int64_t day = 0;
  bool completion = false;  // the share of plays that reached the end; else plays
  double value = 0, usual = 0, score = 0;
};

// How far `value` is from the median of `before`, in robust standard deviations: 1.4826 times the median
// absolute deviation, and `least` at least. Of an empty `before`: 0.
double robust_score(double value, std::vector<double> before, double least);

// The days of [from, until) on which an episode was watched oddly, |score| >= kOddScore, against up to
// kUsualDays days before each. Days that are not listed had no plays; the first one listed is the episode's
// first. Needs kFewestUsualDays before. Where three of them are of its day of the week, it is odd
// beside these as well: weekends are unlike the days before them, and like one another.
std::vector<OddDay> odd_days(const std::vector<Day>& days, std::int64_t from, std::int64_t until);

}  // namespace cliffhanger::insight
