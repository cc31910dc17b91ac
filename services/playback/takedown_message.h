#pragma once
// Takedowns as the contract writes them.
#include "services/playback/domain/takedown.h"

namespace cliffhanger::playback::v1 {
class Takedown;
}

namespace cliffhanger::playback {

void fill(v1::Takedown* out, const Takedown& takedown);

}  // namespace cliffhanger::playback
