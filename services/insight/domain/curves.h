#pragma once
// An episode second by second, made of what its viewers did.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "services/insight/domain/viewership.h"

namespace cliffhanger::insight {

// How one viewer's watching of an episode ended, as far as it is known.
struct Outcome {
  enum class End { kLeft, kLost, kCompleted };  // swiped away; not followed any further; reached the end
  std::int64_t reached_ms = 0;                  // without meaning if the end was reached
  End end = End::kLost;
  bool trouble = false;  // with a stall or an error just before
};

// What else is known of a viewer that tells leaving from going on.
struct Around {
  std::optional<Time> next_first, next_last;  // when the viewer was in the next episode of the series
  std::vector<std::int64_t> troubles_ms;      // where the player stalled or failed, in order
};

// Swiping away is leaving, unless it led to the next episode (begun by a minute later, and watched after) or
// came within kTroubleMs of a stall or an error.
Outcome outcome_of(const Viewership& viewer, const Around& around);

inline constexpr std::size_t kShares =
    100;  // of an episode's length, in which episodes of other lengths are compared
// Retention in the middle of each hundredth of the length.
using Profile = std::array<double, kShares>;

struct Curve {
  std::int64_t viewers = 0;              // who saw any second
  std::vector<std::int64_t> saw, views;  // of each second: people, times
  std::vector<double> survival;          // Kaplan and Meier's estimate at the end of each second
  std::vector<std::int64_t> left,
      troubled;  // of those who didn't reach the end: whose way ended in each second; with trouble
  // Of the share of a hundredth: see Profile. All 0 without viewers.
  Profile profile() const;
};

// Takes each viewer once.
class CurveMaker {
 public:
  explicit CurveMaker(std::int64_t duration_ms);
  // Who saw no second at all is no viewer.
  void add(const Viewership& viewer, const Outcome& outcome);
  Curve make() const;

 private:
  Curve curve_;
  std::vector<std::int64_t> lost_, quit_;  // by second
};

// The second of an episode until which half of its viewers stay; nothing if more than half stay.
std::optional<double> median_stay(const std::vector<double>& survival);

// A fall of the curve: second `from` to `to`, without the latter.
struct Drop {
  std::size_t second = 0, from = 0, to = 0;
  double fall = 0;  // those who left in it, of those who came to it
  std::int64_t left = 0, troubled = 0;
};

// The largest falls, largest first: kDropSeconds each, at most kMostDrops, none within another, each of
// kFewestLeft viewers and half as much again as is usual in the episode.
std::vector<Drop> drops_of(const Curve& curve);

struct Typical {
  Profile low, median, high;  // quartiles
};
// Of at least kFewestCompared profiles, or nothing.
std::optional<Typical> typical_of(const std::vector<Profile>& profiles);
// The hundredth that a second of an episode of so many seconds is in.
std::size_t share_of(std::size_t second, std::size_t seconds);

}  // namespace cliffhanger::insight
