// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `speech`: what is said in an episode, as words with their times.
#include "libs/media/job.h"
#include "media/protocol/reporter.h"
#include "media/speech/recogniser.h"

namespace cliffhanger::media {

// Where Debian's pocketsphinx-en-us keeps the model.
inline constexpr const char* kSpeechModel = "/usr/share/pocketsphinx/model/en-us";

// Reports each word. Sound that is absent or can't be decoded has no words.
Result<void> speech(int fd, const SpeechJob& job, Recogniser& recogniser, Reporter& reporter);

}  // namespace cliffhanger::media
