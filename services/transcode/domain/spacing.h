#pragma once
// How far apart the rungs of a title look, so that a series keeps no two that nobody tells apart.
#include <string>
#include <vector>

#include "libs/media/event.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

// A step that people notice, in points of VMAF as the largest rung's screen shows it.
inline constexpr double kNoticed = 6;

// VMAF of each rung of the plan at these factors, one a rung: best first, what the trials tell. 0 where they
// tell nothing, as of the cellular rung.
std::vector<double> seen_quality(const Plan& plan, const std::vector<media::AnalysisEvent>& found,
                                 const std::vector<int>& crfs);

// The names of the rungs that are less than a step below the next better one that stays. Never the best rung,
// nor the one that players start with, nor the cellular one, nor one of which nothing is known.
std::vector<std::string> too_close(const Plan& plan, const std::vector<media::AnalysisEvent>& found,
                                   const std::vector<int>& crfs);

}  // namespace cliffhanger::transcode
