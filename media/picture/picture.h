// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `picture`: one frame as a JPEG file.
#include "libs/media/job.h"
#include "media/io/output.h"
#include "media/protocol/reporter.h"

namespace cliffhanger::media {

Result<void> picture(int fd, const PictureJob& job, Outputs& outputs, Reporter& reporter);

}  // namespace cliffhanger::media
