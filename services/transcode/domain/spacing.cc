#include "services/transcode/domain/spacing.h"

#include <algorithm>
#include <cmath>

#include "services/transcode/domain/quality.h"

namespace cliffhanger::transcode {
namespace {

// VMAF's points lost for each per cent of the finest detail that scaling takes, and by what goes beside it of
// a rung less than two thirds as wide as the largest; see docs/decisions/0016.
constexpr double kPointsOfDetail = 0.127, kPointsOfSize = 11, kNoLossUntil = 1.5;

double scaling_loss(double finest_left, double share) {
  return kPointsOfDetail * (100 - finest_left) + kPointsOfSize * std::max(0.0, 1 / share - kNoLossUntil);
}

const media::AnalysisEvent* find(const std::vector<media::AnalysisEvent>& found, const std::string& rung) {
  const auto it = std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.rung == rung; });
  return it == found.end() ? nullptr : &*it;
}

}  // namespace

std::vector<double> seen_quality(const Plan& plan, const std::vector<media::AnalysisEvent>& found,
                                 const std::vector<int>& crfs) {
  std::vector<double> out;
  const auto side = [](const media::Rung& rung) {
    return static_cast<double>(std::min(rung.width, rung.height));
  };
  for (std::size_t i = 0; i < plan.rungs.size(); ++i) {
    const media::Rung& rung = plan.rungs[i];
    const media::AnalysisEvent* trials = is_cellular(rung) ? nullptr : find(found, rung.name);
    const double share = side(rung) / side(plan.rungs.front());
    const auto curve = trials ? title_curve(plan, found, share) : std::nullopt;
    const bool known = curve && trials->scaling;
    out.push_back(known ? std::max(0.0, 100 - curve->loss(crfs[i]) - scaling_loss(*trials->scaling, share))
                        : 0);
  }
  return out;
}

std::vector<std::string> too_close(const Plan& plan, const std::vector<media::AnalysisEvent>& found,
                                   const std::vector<int>& crfs) {
  const std::vector<double> seen = seen_quality(plan, found, crfs);
  std::vector<std::string> out;
  std::size_t above = 0;
  for (std::size_t i = 1; i < plan.rungs.size(); ++i) {
    const media::Rung& rung = plan.rungs[i];
    const bool known = seen[i] > 0 && seen[above] > 0;
    if (rung.name == plan.default_rung || is_cellular(rung) || !known || seen[above] - seen[i] >= kNoticed) {
      above = i;
      continue;
    }
    out.push_back(rung.name);
  }
  return out;
}

}  // namespace cliffhanger::transcode
