#pragma once
// The weights of an experiment that is to earn while it learns.
#include <cstdint>
#include <span>
#include <vector>

#include "libs/stats/arm.h"

namespace cliffhanger::stats {

inline constexpr double kLeastWeight = 0.01;  // of an arm, so that it is never given up for good
// Below so many people in any arm all have the same weight: a variance of a handful says nothing.
inline constexpr double kBanditPatience = 100;

// How likely each arm is to be the best (`more_is_better`, else the one with the least), by Thompson's rule:
// draws from the posterior of each mean (normal, flat prior), lifted so that none is below kLeastWeight. They
// sum to 1. The same for the same seed.
std::vector<double> thompson_weights(std::span<const Arm> arms, bool more_is_better, std::uint64_t seed);

}  // namespace cliffhanger::stats
