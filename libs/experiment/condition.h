#pragma once
// Targeting conditions of GrowthBook: MongoDB's query language, cut down to what a phone can evaluate
// (docs.growthbook.io/lib/build-your-own, "Conditions").
#include "libs/experiment/script.h"

namespace cliffhanger::experiment {

// Whether somebody with these attributes is meant. `saved_groups`: lists of values by name, for $inGroup.
// What has not the form of a condition, or goes beyond limits.h, means nobody, however it is negated. Regular
// expressions are RE2's: linear in time; look-around and back references, which it does not have, match
// nothing.
bool matches(const Object& attributes, const Object& condition, const Object& saved_groups = {});

// What keeps a condition from meaning anything (an unknown operator, an operand of the wrong type, a regular
// expression that does not compile, too deep): the first fault, or "". `matches` takes it all the same.
std::string fault_of(const Object& condition);

}  // namespace cliffhanger::experiment
