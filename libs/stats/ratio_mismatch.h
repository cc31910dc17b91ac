#pragma once
// Sample-ratio mismatch: whether the arms have as many people as chance would give them. If not, something
// but chance decides who is counted, and nothing else in the report can be believed.
#include <span>

namespace cliffhanger::stats {

inline constexpr double kMismatch = 0.001;  // below this p the split is not the one that was wanted

// Pearson's χ² against weights that need not sum to 1; arms of weight 0 are left out of the sum. 1 without
// people. Right at one look.
double mismatch_p(std::span<const double> people, std::span<const double> weights);

// The same question, right at any number of looks: the Bayes factor of a Dirichlet prior round the weights
// against the weights themselves (Lindon & Malek 2020, arXiv:2011.03567). Slower to see a mismatch, and wrong
// at most once in 1/p experiments however often it is asked.
double sequential_mismatch_p(std::span<const double> people, std::span<const double> weights);

}  // namespace cliffhanger::stats
