#pragma once
#include "services/recommendation/domain/heat.h"

namespace cliffhanger::recommendation {

// What each thing that speaks for a series adds to the log-odds that the viewer goes on watching it. Each
// part is between 0 and 1, so a weight is the most that its part can do. Set by hand until they are fitted to
// the log of decisions; `version` is in each of its rows.
struct Weights {
  const char* version = "hand-1";
  double bias = -2;
  double popularity = 1.5;  // log-scaled, against the most popular series of the tenant
  double trend = 0.7;       // likewise, of the last hours, or place among what grows in the region
  double factor = 1.5;      // place among what the viewer's folded-in history asks for
  double transition = 1.2;  // place among what is taken next after what they took last
  double similar = 1.2;     // place among what resembles something they like
  double content = 4.5;     // chance of a hit by its tags, less that of an unknown tag: the logit's slope there
  double follow = 4;        // the viewer follows it
  double creator = 3;       // the viewer follows its creator
  double liked = 1.5;       // favourite, and likes of its episodes
  double fresh = 0.3;       // halves with each half of the time for which a series counts as new
  double going_on = 1;      // begun; fades with the days since
  double skip = -3;         // skipped lately; fades by its half-life
};

// How a page's places are given away.
struct Slotting {
  int explore_every = 5;    // each so-manieth place of a chain is for new series; at least 2
  int arms = 5;             // of the best at hand, so many may get an ordinary place
  double steepness = 1000;  // inverse-gap weighting (SquareCB): how quickly a worse arm's chance falls
  double least = 0.01;      // chance of each arm at least
  double sameness = 0.1;    // taken off a value for being just like one of the last places (MMR)
  int window = 4;           // places that a series is compared with
  int per_creator = 2;      // series of one creator in a page, while there are others
  int going_on = 2;         // series already begun in a page, while there are others
  bool operator==(const Slotting&) const = default;
};

// What an operator may turn, and the rest of what a feed is decided by.
struct Policy {
  Duration half_life = std::chrono::hours(72);       // of popularity
  Duration trend_half_life = std::chrono::hours(6);  // of what is popular just now
  Duration skip_half_life = std::chrono::hours(24);  // of the penalty for skipping
  Duration new_for = std::chrono::hours(24 * 14);    // how long a series counts as new
  Weights weights;
  Slotting slotting;
};

}  // namespace cliffhanger::recommendation
