// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `storyboard`: sheets of thumbnails as JPEG files.
#include "libs/media/job.h"
#include "media/io/output.h"
#include "media/protocol/reporter.h"

namespace cliffhanger::media {

// Decodes keyframes alone where the source has enough of them, else what other pictures depend on; which of
// the two follows from the source's bytes alone. Fails as decoding does.
Result<void> storyboard(int fd, const StoryboardJob& job, Outputs& outputs, Reporter& reporter);

}  // namespace cliffhanger::media
