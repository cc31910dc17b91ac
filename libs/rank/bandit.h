#pragma once
// Which arm to show, and how likely it was to be shown.
//
// Every policy gives the probability of each arm, and the arm is drawn from exactly those: the logged
// propensity is the one that was used, also where the probabilities come from numerical integration. Their
// random number is the caller's, so that a decision can be replayed.
#include <span>
#include <vector>

#include "libs/rank/evidence.h"

namespace cliffhanger::rank {

struct BetaPosterior {
  double alpha = 1, beta = 1;  // above 0
  double mean() const { return alpha / (alpha + beta); }
};
struct GaussianPosterior {
  double mean = 0;
  double deviation = 1;  // of the mean, above 0
};

// What rewards that are mostly 0 or 1 say, after a prior of `shown` decisions with mean `mean`.
std::vector<BetaPosterior> beta_posteriors(std::span<const Weighed> evidence, double mean, double shown);
// What to believe of an arm before anything is known of it: what the arms together are like.
struct Prior {
  double mean = 0.5;
  double shown = 2;  // decisions that it counts for
};
// The mean reward of all arms, with one made-up decision of mean ½, and how alike the arms are (empirical
// Bayes: the variance between arms beyond that of their counts, by moments, with kAlikeWeight made-up arms
// that are as alike as kAlike decisions make them); between 2 and 200 decisions.
inline constexpr double kAlike = 20, kAlikeWeight = 4;
Prior pooled_prior(std::span<const Weighed> evidence);

// How likely each arm is the best one (Thompson 1933: show it that often). By integration over the
// posteriors' quantiles; within about 0.01 of the truth, and summing to 1. arms² · 17 evaluations of a
// distribution: 1 ms for ten arms. Empty for no arms.
std::vector<double> thompson(std::span<const BetaPosterior> arms);
std::vector<double> thompson(std::span<const GaussianPosterior> arms);

// Thompson's rule explores as if there were no end of decisions. An experiment has one: posteriors that are
// narrower, as if there were kSharpness times the evidence, lose less until then (Chapelle & Li 2011, who
// call it reshaping). Means stay what they are.
inline constexpr double kSharpness = 2;
// Where evidence fades (a half-life), posteriors never get narrow and exploring never ends: twice that.
inline constexpr double kFadingSharpness = 4;
std::vector<BetaPosterior> sharpened(std::vector<BetaPosterior> arms, double sharpness = kSharpness);
std::vector<GaussianPosterior> sharpened(std::vector<GaussianPosterior> arms);

// Inverse gap weighting (SquareCB: Foster & Rakhlin 2020): 1 / (arms + gamma · gap) for each arm but the
// best, which gets the rest. `predicted`: of any regression, so this is the one for contexts. gamma above 0;
// √(arms · decisions so far) times the scale of rewards is the usual schedule.
std::vector<double> square_cb(std::span<const double> predicted, double gamma);

inline constexpr double kLeastShare = 0.01;

// The same with no arm below `least` (or an equal share, if there are too many arms for that): those below
// are raised to it, the others pay in proportion.
std::vector<double> with_floor(std::vector<double> probabilities, double least = kLeastShare);

struct Choice {
  int arm = 0;
  double propensity = 1;
};
// `uniform` in [0, 1): the arm that it falls on. `probabilities` is not empty.
Choice choose(std::span<const double> probabilities, double uniform);

}  // namespace cliffhanger::rank
