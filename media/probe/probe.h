// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `probe`: is this a video that we can take, and what is it?
#include "libs/media/event.h"
#include "libs/media/job.h"

namespace cliffhanger::media {

// Reads every packet once and decodes one picture. Fails with a refusal (libs/media/event.h) that says what
// is wrong with the file.
Result<ProbeEvent> probe(int fd, const ProbeJob& job);

// The same of the sound alone: of a file of sound, or of a video's sound.
Result<SoundEvent> probe_sound(int fd, const ProbeJob& job);

}  // namespace cliffhanger::media
