#pragma once
#include "services/recommendation/domain/heat.h"

namespace cliffhanger::recommendation {

// What an operator may turn.
struct Policy {
  Duration half_life = std::chrono::hours(72);       // of popularity
  Duration skip_half_life = std::chrono::hours(24);  // of the penalty for skipping
  Duration new_for = std::chrono::hours(24 * 14);    // how long a series counts as new
  int explore_every = 5;                             // each so-manieth slot is for new series
};

}  // namespace cliffhanger::recommendation
