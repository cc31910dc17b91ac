// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/speech/mono.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cliffhanger::media {
namespace {

constexpr std::size_t kStep = 3;    // 48 kHz to 16 kHz
constexpr std::size_t kTaps = 49;   // odd: the delay is a whole number of samples
constexpr double kCutoff = 7000.0;  // Hz

// A low pass: a sinc under a Hamming window, with a gain of one.
std::vector<float> low_pass() {
  std::vector<float> out(kTaps);
  double sum = 0;
  for (std::size_t i = 0; i < kTaps; ++i) {
    const double x = static_cast<double>(i) - (kTaps - 1) / 2.0, w = 2 * std::numbers::pi * kCutoff / 48'000;
    const double sinc = x == 0 ? w : std::sin(w * x) / x;
    const double window = 0.54 - 0.46 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / (kTaps - 1));
    out[i] = static_cast<float>(sinc * window);
    sum += out[i];
  }
  for (float& tap : out) tap = static_cast<float>(tap / sum);
  return out;
}

}  // namespace

Mono::Mono() : filter_(low_pass()), waiting_((kTaps - 1) / 2, 0.0F) {}

std::vector<std::int16_t> Mono::take(const Stereo& piece) {
  for (std::size_t i = 0; i < piece.size(); ++i) waiting_.push_back((piece.left[i] + piece.right[i]) / 2);
  std::vector<std::int16_t> out;
  std::size_t at = 0;
  for (; at + kTaps <= waiting_.size(); at += kStep) {
    float sum = 0;
    for (std::size_t i = 0; i < kTaps; ++i) sum += filter_[i] * waiting_[at + i];
    out.push_back(static_cast<std::int16_t>(std::lround(std::clamp(sum, -1.0F, 1.0F) * 32767)));
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at));
  return out;
}

}  // namespace cliffhanger::media
