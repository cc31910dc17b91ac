// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The command `analyse`: what each rung would look like, and cost, at a few constant rate factors.
#include "libs/media/job.h"
#include "media/protocol/reporter.h"

namespace cliffhanger::media {

// Encodes short samples of the episode on every rung at every factor of the job, with the settings of
// `encode`, decodes them again and holds them against the source as it is shown on the largest rung. Reports
// one AnalysisEvent a rung. The figures depend on the source and the job alone.
Result<void> analyse(int fd, const AnalyseJob& job, Reporter& reporter);

}  // namespace cliffhanger::media
