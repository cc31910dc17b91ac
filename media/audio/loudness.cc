// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio/loudness.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cliffhanger::media {
namespace {

constexpr double kTarget = -16, kCeiling = -1, kMostGain = 20;

double lufs_of(double mean_square) {
  return -0.691 + 10 * std::log10(std::max(mean_square, 1e-20));
}
double mean_square_of(double lufs) {
  return std::pow(10, (lufs + 0.691) / 10);
}

}  // namespace

LoudnessMeter::Pair LoudnessMeter::Biquad::run(Pair x) {
  const Pair y = b0 * x + z1;
  z1 = b1 * x - a1 * y + z2;
  z2 = b2 * x - a2 * y;
  return y;
}

LoudnessMeter::LoudnessMeter() {
  // BS.1770-4, tables 1 and 2: the head's shelf, then the RLB high pass, at 48 kHz.
  const Biquad shelf{1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241,
                     0.73248077421585};
  const Biquad high_pass{1, -2, 1, -1.99004745483398, 0.99007225036621};
  filters_ = {shelf, high_pass};
  // A windowed sinc, split into four phases; each sums to 1, so that it neither lifts nor lowers steady
  // sound.
  std::array<std::array<double, kTaps>, 4> phases{};
  for (std::size_t phase = 0; phase < 4; ++phase) {
    double sum = 0;
    for (std::size_t tap = 0; tap < kTaps; ++tap) {
      const double x = static_cast<double>(tap) - (kTaps / 2.0 - 1) - static_cast<double>(phase) / 4;
      const double sinc = x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
      const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * x / (kTaps / 2.0 + 1));
      sum += phases[phase][tap] = sinc * window;
    }
    for (double& c : phases[phase]) c /= sum;
  }
  for (std::size_t tap = 0; tap < kTaps; ++tap)
    taps_[tap] = {Pair{phases[1][tap], phases[2][tap]}, Pair{phases[3][tap], 0}};
}

void LoudnessMeter::add(const float* left, const float* right, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const Pair in{left[i], right[i]};
    const Pair weighted = filters_[1].run(filters_[0].run(in));
    for (std::size_t channel = 0; channel < 2; ++channel) {
      sum_ += weighted[channel] * weighted[channel];
      peak_ = std::max(peak_, peak_of(channel, in[channel]));
    }
    at_ = (at_ + 1) % kTaps;
    if (++filled_ == kStep) end_step();
  }
}

double LoudnessMeter::peak_of(std::size_t channel, double x) {
  auto& history = history_[channel];
  history[at_] = history[at_ + kTaps] = x;
  const double* run = &history[at_ + 1];  // kTaps of them, the oldest first
  // What is interpolated lies between these two and stays under about twice the larger: quiet passages can't
  // raise the peak.
  const double before = run[kTaps / 2 - 1], after = run[kTaps / 2];
  if (std::max(std::abs(before), std::abs(after)) < peak_ * 0.4) return std::abs(x);
  Pair first{}, second{};
  for (std::size_t tap = 0; tap < kTaps; ++tap) {
    const Pair both{run[tap], run[tap]};
    first += taps_[tap][0] * both;
    second += taps_[tap][1] * both;
  }
  return std::max({std::abs(x), std::abs(first[0]), std::abs(first[1]), std::abs(second[0])});
}

void LoudnessMeter::end_step() {
  steps_[step_count_++ % 4] = sum_;
  if (step_count_ >= 4)
    blocks_.push_back((steps_[0] + steps_[1] + steps_[2] + steps_[3]) / static_cast<double>(4 * kStep));
  sum_ = 0;
  filled_ = 0;
}

std::optional<double> LoudnessMeter::integrated() const {
  const auto mean_above = [this](double gate) -> std::optional<double> {
    double sum = 0;
    std::size_t count = 0;
    for (const double block : blocks_)
      if (block > gate) sum += block, ++count;
    if (count == 0) return std::nullopt;
    return sum / static_cast<double>(count);
  };
  const auto loud = mean_above(mean_square_of(-70));
  if (!loud) return std::nullopt;
  const auto gated = mean_above(std::max(mean_square_of(lufs_of(*loud) - 10), mean_square_of(-70)));
  return gated ? std::optional(lufs_of(*gated)) : std::nullopt;
}

double bounded_gain(double wanted, double true_peak) {
  return std::min(wanted, kCeiling - 20 * std::log10(std::max(true_peak, 1e-9)));
}

double normalising_gain(std::optional<double> lufs, double true_peak) {
  if (!lufs) return 0;
  return bounded_gain(std::min(kTarget - *lufs, kMostGain), true_peak);
}

}  // namespace cliffhanger::media
