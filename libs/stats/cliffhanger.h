#pragma once
// What a cliffhanger is worth: who comes to the end of an episode, and does not go on to the next.
//
// Nobody says that they leave; they only don't come back. So leaving is not having begun the next episode
// within a window after the end of this one, and who came to the end less than a window ago is
// right-censored: it is not known yet, and counts for as long as it is known (Kaplan & Meier). The hazard of
// leaving at a boundary is the share who have not gone on when the window ends.
#include <span>
#include <vector>

#include "libs/stats/effect.h"
#include "libs/stats/survival.h"

namespace cliffhanger::stats {

// Viewers who reached the end of an episode: seconds until the next was begun, or until now if it was not.
using Reached = Subject;

struct Leaving {
  double reached = 0;   // viewers who reached the end
  double went_on = 0;   // of whom so many went on within the window
  double censored = 0;  // and of so many it is not known yet
  double hazard = 0;    // of leaving, from 0 to 1
  double standard_error = 0;
  double low = 0, high = 1;  // 95 %, within 0 and 1
  bool known = false;        // somebody was seen until the window's end, or all before it went on
};
Leaving leaving(std::vector<Reached> viewers, double window);

// How much more (above 0) or less is left in the treatment, in shares of those who reached the end.
// `sequential`: right at any number of looks, else at one.
Effect leaving_effect(const Leaving& control, const Leaving& treatment, Difference difference,
                      bool sequential, double alpha = kAlpha);

// Several boundaries taken together: the mean of their effects weighted by the inverse of their variances.
// Unknown ones are left out.
Effect pooled(std::span<const Effect> effects, double alpha = kAlpha);

}  // namespace cliffhanger::stats
