#pragma once
// Sample entries and the codecs' configurations in them: avcC, hvcC, esds, sinf. For .cc files of this
// folder.
#include "libs/conformance/init.h"

namespace cliffhanger::conformance {

// Fills in what the entry says of the track, whose handler is known. A format that is not known stays without
// `codecs`. Fails with BAD_BOXES.
Result<void> read_sample_entry(const Box& entry, Track& track);

}  // namespace cliffhanger::conformance
