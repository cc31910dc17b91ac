#pragma once
#include <string>

#include "libs/experiment/script.h"

namespace cliffhanger::experiment {

// A version as a text that sorts as versions do: 1.10.0 after 1.9.0, a release after its pre-releases, builds
// left out.
std::string padded_version(const Json& version);

}  // namespace cliffhanger::experiment
