// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `encode`: a run of segments of every rung with one decode.
#include "libs/media/job.h"
#include "media/burn/painter.h"
#include "media/io/output.h"
#include "media/protocol/reporter.h"

namespace cliffhanger::media {

// source → decode → constant rate → normalise (to the largest rung) → one thread a rung, each fed by the next
// larger one. The files are the same bytes however an episode is split into runs. `painters` are those of the
// job.
Result<void> encode(int fd, const EncodeJob& job, Painters& painters, Outputs& outputs, Reporter& reporter);

}  // namespace cliffhanger::media
