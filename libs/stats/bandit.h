#pragma once
// The weights of an experiment that is to earn while it learns.
#include <span>
#include <vector>

#include "libs/stats/arm.h"

namespace cliffhanger::stats {

// Below so many people in any arm all have the same weight: a variance of a handful says nothing.
inline constexpr double kBanditPatience = 100;

// How likely each arm is to be the best (`more_is_better`, else the one with the least), by rank::thompson on
// what its people gave (normal, flat prior, sharpened as rank::sharpened says), none below rank::kLeastShare.
// They sum to 1. The same arms have the same weights.
std::vector<double> thompson_weights(std::span<const Arm> arms, bool more_is_better);

}  // namespace cliffhanger::stats
