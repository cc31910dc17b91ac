#pragma once
// Scores, probabilities, and whether these are right on average.
#include <span>

namespace cliffhanger::rank {

// Expected calibration error: the mean over `bins` of equal width, weighed by what is in them, of the
// distance between the mean prediction and the share of outcomes (Naeini et al. 2015). 0 for nothing.
double calibration_error(std::span<const double> predicted, std::span<const char> outcomes, int bins = 15);

double log_odds(double probability);  // of what is within 1e-6 of 0 or 1: of that distance
double logistic(double log_odds);

}  // namespace cliffhanger::rank
