#pragma once
// Quality per title: which constant rate factor each rung gets, from trials on samples of the episode.
#include <optional>
#include <vector>

#include "libs/media/event.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

// The factors that are tried: below and above what most titles need.
inline constexpr int kTrialCrfs[] = {21, 28};

// How far a title's factor may be from the profile's. Easy titles save bits; a hard one gets a better factor on its largest
// rung alone, for on a smaller one the same bits would look better at the next size.
inline constexpr int kMostBelow = 3;
inline constexpr int kMostAbove = 7;

// What the coding of a rung takes away from the picture, in points of VMAF, by its factor: loss × e^(0.125
// (crf − 23)), which VMAF follows closely from 19 to 31 whatever the title.
struct LossCurve {
  double at_23 = 0;  // positive
  double loss(double crf) const;
  double crf_for(double loss) const;  // the factor at which so much is lost
};

// From a rung's trials. Nothing if they tell nothing: fewer than two factors, or no less detail at the worse
// one, as in black or still pictures.
std::optional<LossCurve> loss_curve(const media::AnalysisEvent& trials);

// The same for a rung of a title, from the trials of all its rungs together, since one rung's alone are
// noisy: `share` is the rung's short side over the largest's. The smaller the rung, the more its coding costs
// it. Nothing if no trials tell anything.
std::optional<LossCurve> title_curve(const Plan& plan, const std::vector<media::AnalysisEvent>& found,
                                     double share);

// What a rung may lose: as much as leaves a VMAF of 93 on the largest; smaller rungs, which are chosen for
// want of bits, may lose more.
double allowed_loss(double share);

// The trials that a plan's title needs: all rungs but the cellular one, whose bits are its point, on samples
// all over the episode. At most about a tenth of what the encoding of an episode of a minute or longer costs.
media::AnalyseJob analyse_job(const Plan& plan);

// One factor a rung, as in the plan: the one at which the rung loses what is allowed, but never much more
// than it would at the profile's, and within the bounds above. A rung about which nothing is known keeps its
// factor. Whatever the factor, the rung's maxrate bounds its bits.
std::vector<int> choose_crfs(const Plan& plan, const std::vector<media::AnalysisEvent>& found);

}  // namespace cliffhanger::transcode
