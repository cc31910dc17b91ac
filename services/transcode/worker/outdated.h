#pragma once
// Work on objects is too long for a transaction: it goes by what one transaction read, and a later one takes it
// only if that is still so.
#include <string>

#include "libs/core/result.h"

namespace cliffhanger::transcode {

inline constexpr int kMostTries = 5;  // at once; a task's attempts come on top

inline Error outdated(const std::string& what) {
  return aborted("PACKAGE_OUTDATED", what + " changed meanwhile.");
}

// Does it again as long as what it goes by changes under it.
template <class Once>
auto until_current(Once once) {
  for (int tries = 1;; ++tries) {
    auto done = once();
    if (done || done.error().reason != "PACKAGE_OUTDATED" || tries == kMostTries) return done;
  }
}

}  // namespace cliffhanger::transcode
