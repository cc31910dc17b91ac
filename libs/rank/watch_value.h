#pragma once
// Watch time without what the duration does to it.
//
// Seconds watched grow with a video's length whatever the viewer thinks of it. So a watch is worth the share
// of watches of like-long videos that it outlasts (D2Q: Zhan et al. 2022), and a prediction of that share is
// turned back into seconds by the same tables. Two things differ from the paper: tables hold the fraction
// watched, so that all watches to the end are equals in a group of unequal videos, and are interpolated
// between groups; and watches that something else than boredom ended (tap to the next episode, a network that
// was lost) count as right-censored (Kaplan & Meier 1958).
#include <array>
#include <span>
#include <string>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::rank {

enum class End {
  kLeft,      // the viewer had enough
  kFinished,  // the video ended; how much more they would have watched is nothing one needs
  kCensored,  // they might have watched on: tapped to the next episode, lost the network, the app was closed
};

struct Watch {
  double duration = 0;  // seconds of the video, above 0
  double seconds =
      0;  // watched, from the start and with repeats; counted up to kMostRepeats times the duration
  End end = End::kLeft;
};

inline constexpr double kMostRepeats = 3;
inline constexpr int kLevels = 8;

struct WatchValueOptions {
  int groups = 30;      // of durations, at most, with about as many watches in each
  int least = 100;      // watches of a group, at least
  double lowest = 0.5;  // durations are taken to be between these, seconds
  double highest = 7200;
};

// Immutable, so safe from many threads.
class WatchValue {
 public:
  // Fails with INVALID_ARGUMENT (NO_WATCHES) if none of the watches can be used; those with a duration that
  // is not above 0, with negative seconds or without a number are left out.
  static Result<WatchValue> fit(std::span<const Watch> watches, const WatchValueOptions& options = {});

  // The share of watches of like-long videos that this one outlasts, ties counted half; in [0, 1], and 0.5 on
  // average over what was fitted. Of a censored watch: what it is to be expected to be.
  double quantile(const Watch& watch) const;
  // The seconds that this share of watches of such videos stay below; at least 0, and at most kMostRepeats
  // times the duration.
  double seconds(double quantile, double duration) const;
  // Watching in steps: how many of the kLevels − 1 quantiles 1/8, 2/8 … of like-long videos' watches this one
  // reaches. Whatever ended it: a censored watch has reached that many at least.
  int level(const Watch& watch) const;
  // The mean seconds of watches of such videos that end at this level, all viewers together.
  double level_seconds(int level, double duration) const;
  // The mean seconds of all watches of such videos.
  double mean_seconds(double duration) const;
  // The duration of which something is known that is nearest to this one.
  double known(double duration) const;
  std::size_t groups() const { return groups_.size(); }

  // Versioned bytes with a checksum; the same for the same tables on any machine.
  std::string encode() const;
  // Fails with INVALID_ARGUMENT (BAD_MODEL) for anything that encode() didn't write.
  static Result<WatchValue> decode(std::string_view bytes);

 private:
  struct Group {
    double duration = 0;        // the median
    std::vector<double> knots;  // fraction watched at (i + ½) / knots, ascending
    // What follows from the knots: where levels 1, 2 … begin, the mean fraction of each level, and of all.
    std::array<double, kLevels - 1> cuts{};
    std::array<double, kLevels> means{};
    double mean = 0;
    void sum_up();
  };
  struct Between {
    const Group* low;
    const Group* high;
    double share;  // of the higher one
  };
  Between around(double duration) const;
  static double rank(const Group& group, double fraction, End end);
  static double fraction(const Group& group, double quantile);
  static Group make_group(std::span<const Watch> watches);

  std::vector<Group> groups_;  // by duration, ascending
  double lowest_ = 0, highest_ = 0;
};

}  // namespace cliffhanger::rank
