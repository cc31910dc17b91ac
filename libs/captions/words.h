#pragma once
// Cues from words with their times, as a machine hears them.
#include <cstdint>
#include <string>
#include <vector>

#include "libs/captions/captions.h"

namespace cliffhanger::captions {

struct Word {
  std::string text;
  std::int64_t start_ms = 0, end_ms = 0;
};

// At most two lines of 42 characters and 6 s a cue; a new one after a pause of 0.8 s. A cue stays for at
// least a second where the next one leaves it the time. `words` by their start; of more than kMaxCues cues
// the rest is left out.
std::vector<Cue> cues_of(const std::vector<Word>& words);

}  // namespace cliffhanger::captions
