#include "libs/rank/readout.h"

#include <algorithm>
#include <cmath>

#include "libs/rank/calibration.h"

namespace cliffhanger::rank {
namespace {

constexpr double kMostScore = 12, kMostInterest = 4;  // log-odds
constexpr double kLeastRatio = 0.005, kMostLogarithm = 6;
constexpr double kPrior = 1;  // variance of each weight
// Of a weight, by the outcome: what is more than some hundred thousand outcomes ago counts little.
constexpr double kDrift = 2.5e-10;
constexpr int kNewtonSteps = 20;
constexpr int kScore = 1;  // of the inputs

double bounded(double value, double most) {
  return std::isnan(value) ? 0 : std::clamp(value, -most, most);
}

double logarithm(double ratio) {
  return bounded(std::log(std::max(ratio, kLeastRatio)), kMostLogarithm);
}

}  // namespace

Readout::Inputs Readout::by_duration(double score, double interest, double duration) {
  const double liked = bounded(interest, kMostInterest), length = logarithm(duration / kUsualDuration);
  Inputs out;
  out << 1, bounded(score, kMostScore), liked, length, liked * length, length * length;
  return out;
}

Readout::Inputs Readout::by_seconds(double score, double interest, double duration, double seconds) {
  const double watched = logarithm(seconds / kUsualSeconds);
  Inputs out;
  out << 1, bounded(score, kMostScore), bounded(interest, kMostInterest),
      logarithm(duration / kUsualDuration), watched, watched * watched;
  return out;
}

Readout::Inputs Readout::with_score(Inputs inputs, double score) {
  inputs(kScore) = bounded(score, kMostScore);
  return inputs;
}

Readout::Readout(Kind kind)
    : kind_(kind), weights_(Inputs::Zero()), covariance_(kPrior * decltype(covariance_)::Identity()) {
  weights_(kScore) = 1;
}

double Readout::mean(double score) const {
  const double within = bounded(score, kMostScore);
  return kind_ == Kind::kProbability ? logistic(within) : std::exp(within);
}

double Readout::bend(double mean) const {
  return kind_ == Kind::kProbability ? mean * (1 - mean) : mean;
}

double Readout::apply(const Inputs& inputs) const {
  return mean(inputs.dot(weights_));
}

// The step is taken to where the posterior has its peak along it (Newton's method), not to where a parabola
// would have it: outcomes that are far greater than expected would be overshot.
void Readout::observe(const Inputs& inputs, double outcome) {
  const Inputs gain = covariance_ * inputs;
  const double variance = inputs.dot(gain), before = inputs.dot(weights_);
  double move = 0;
  for (int i = 0; i < kNewtonSteps; ++i) {
    const double at = mean(before + move);
    const double by = (move - variance * (outcome - at)) / (1 + variance * bend(at));
    move -= std::clamp(by, -1.0, 1.0);
    if (std::abs(by) < 1e-6) break;
  }
  const double at = mean(before + move);
  weights_ += gain * (outcome - at);
  covariance_ -= gain * gain.transpose() * (bend(at) / (1 + variance * bend(at)));
  covariance_.diagonal().array() += kDrift;
}

void Readout::encode(Writer& out) const {
  for (const double weight : weights_) out.f64(weight);
  for (const double covariance : covariance_.reshaped()) out.f64(covariance);
}

bool Readout::decode(Reader& in) {
  bool good = true;
  for (double& weight : weights_) good &= std::abs(weight = in.f64()) < 1e6;
  for (double& covariance : covariance_.reshaped()) good &= std::abs(covariance = in.f64()) < 1e6;
  return good && in.ok() && covariance_.diagonal().minCoeff() >= 0;
}

}  // namespace cliffhanger::rank
