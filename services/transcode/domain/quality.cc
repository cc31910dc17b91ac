#include "services/transcode/domain/quality.h"

#include <algorithm>
#include <cmath>

#include "services/transcode/domain/profile.h"

namespace cliffhanger::transcode {
namespace {

constexpr double kSteepness = 0.125;  // of the loss, a factor
constexpr int kMiddle = 23;
// VMAF's points lost against per cents of detail lost, both at the middle: fitted by bench/per-title.
constexpr double kPoints = 0.9, kPower = 1.389;
constexpr double kLeastDetail = 0.05;  // per cent; less is noise

constexpr double kTopLoss = 6.5;  // without loss VMAF says 99 to 100
constexpr double kShareExponent = 0.5;
// How the loss of a title's rungs grows as they get smaller.
constexpr double kGrowth = 0.7;
// A title is at most so many points worse than with the profile's own factor, where that is below what is
// waste.
constexpr double kMostWorse = 1.3;
constexpr double kWaste = 4.5;  // a loss that nobody sees: a VMAF of 95

constexpr std::int64_t kSampleFrames = 14;
constexpr std::int64_t kFewestSamples = 2, kMostSamples = 10;
constexpr std::int64_t kFramesPerSample =
    450;  // of the episode: two trials of 14 in 450 are 6 % of its pictures

const media::AnalysisEvent* find(const std::vector<media::AnalysisEvent>& found, const std::string& rung) {
  const auto it = std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.rung == rung; });
  return it == found.end() ? nullptr : &*it;
}

// A rung's short side over the largest rung's.
double share_of(const Plan& plan, const media::Rung& rung) {
  const auto side = [](const media::Rung& one) {
    return static_cast<double>(std::min(one.width, one.height));
  };
  return side(rung) / side(plan.rungs.front());
}

}  // namespace

double LossCurve::loss(double crf) const {
  return at_23 * std::exp(kSteepness * (crf - kMiddle));
}

double LossCurve::crf_for(double loss) const {
  return kMiddle + std::log(loss / at_23) / kSteepness;
}

std::optional<LossCurve> loss_curve(const media::AnalysisEvent& trials) {
  if (trials.points.size() < 2) return std::nullopt;
  const media::QualityPoint& good = trials.points.front();
  const media::QualityPoint& bad = trials.points.back();
  const double apart =
      std::exp(kSteepness * (bad.crf - kMiddle)) - std::exp(kSteepness * (good.crf - kMiddle));
  const double detail = apart > 0 ? (good.score - bad.score) / apart : 0;
  if (!(detail >= kLeastDetail)) return std::nullopt;
  return LossCurve{kPoints * std::pow(detail, kPower)};
}

std::optional<LossCurve> title_curve(const Plan& plan, const std::vector<media::AnalysisEvent>& found,
                                     double share) {
  double sum = 0;
  int count = 0;
  for (const media::Rung& rung : plan.rungs) {
    const media::AnalysisEvent* trials = is_cellular(rung) ? nullptr : find(found, rung.name);
    const auto curve = trials ? loss_curve(*trials) : std::nullopt;
    if (!curve) continue;
    sum += std::log(curve->at_23) + kGrowth * std::log(share_of(plan, rung));
    ++count;
  }
  if (count == 0) return std::nullopt;
  return LossCurve{std::exp(sum / count) / std::pow(share, kGrowth)};
}

double allowed_loss(double share) {
  return kTopLoss / std::pow(share, kShareExponent);
}

media::AnalyseJob analyse_job(const Plan& plan) {
  media::AnalyseJob job{plan.rate, plan.frames,  {}, {std::begin(kTrialCrfs), std::end(kTrialCrfs)},
                        {},        kSampleFrames};
  for (const media::Rung& rung : plan.rungs)
    if (!is_cellular(rung)) job.rungs.push_back(rung);
  const std::int64_t count =
      std::clamp((plan.frames + kFramesPerSample / 2) / kFramesPerSample, kFewestSamples, kMostSamples);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = plan.frames * (2 * i + 1) / (2 * count);
    if (job.at.empty() || at > job.at.back()) job.at.push_back(at);
  }
  return job;
}

std::vector<int> choose_crfs(const Plan& plan, const std::vector<media::AnalysisEvent>& found) {
  std::vector<int> out;
  for (const media::Rung& rung : plan.rungs) {
    const int base = profile_crf(rung);
    const double share = share_of(plan, rung);
    const auto curve = is_cellular(rung) ? std::nullopt : title_curve(plan, found, share);
    if (!curve) {
      out.push_back(rung.crf);
      continue;
    }
    const bool largest = &rung == &plan.rungs.front();
    const double least = largest ? kWaste : 0;
    const double loss = std::min(allowed_loss(share), std::max(curve->loss(base), least) + kMostWorse);
    const int best = base - (largest ? kMostBelow : 0);
    const double crf = std::clamp(curve->crf_for(loss), static_cast<double>(best),
                                  static_cast<double>(base + kMostAbove));
    out.push_back(static_cast<int>(std::lround(crf)));
  }
  return out;
}

}  // namespace cliffhanger::transcode
