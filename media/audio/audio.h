// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `audio`: the episode's sound, once, at one loudness, cut on the video's grid.
#include "libs/media/job.h"
#include "media/io/output.h"
#include "media/protocol/reporter.h"

namespace cliffhanger::media {

// Two passes: measure (EBU R128), then decode → gain → AAC → segments. Sound that is absent or can't be
// decoded becomes silence, with a warning event: the video must live.
Result<void> audio(int fd, const AudioJob& job, Outputs& outputs, Reporter& reporter);

// The command `loudness`: the first of these passes alone, for sound whose gain others of its series get.
Result<void> loudness(int fd, const LoudnessJob& job, Reporter& reporter);

}  // namespace cliffhanger::media
