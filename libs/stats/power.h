#pragma once
// How many people an experiment needs, told before it begins.

#include "libs/stats/effect.h"

namespace cliffhanger::stats {

struct Plan {
  double people = 0;   // in each arm, at one look at the end (Welch's test, normal approximation)
  double peeking = 0;  // in each arm, when anybody may look at any time (the confidence sequence)
};

struct PlanInput {
  double mean = 0;      // of the control
  double variance = 0;  // between people; p(1−p) of a proportion, and of the hazard of leaving
  double effect = 0;    // the least relative change that matters, not 0
  double alpha = kAlpha;
  double power = 0.8;         // how likely a change of that size is to be seen
  double variance_taken = 0;  // by CUPED: ρ², from 0 to below 1
};

// Infinite if no number of people is enough: without variance known, effect, or mean.
Plan people_needed(const PlanInput& input);
// How likely the change is to be seen with so many people in each arm, at one look.
double power_of(const PlanInput& input, double people);

}  // namespace cliffhanger::stats
