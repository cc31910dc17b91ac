// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// EBU R128 (ITU-R BS.1770-4): integrated loudness and true peak of stereo sound at 48 kHz. Pure.
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace cliffhanger::media {

class LoudnessMeter {
 public:
  LoudnessMeter();
  // `n` samples a channel, full scale 1.
  void add(const float* left, const float* right, std::size_t n);
  // LUFS; nullopt if everything is below the absolute gate of −70 (silence) or shorter than 400 ms.
  std::optional<double> integrated() const;
  double true_peak() const { return peak_; }  // linear, four times oversampled

 private:
  using Pair = double __attribute__((vector_size(16)));  // of the channels, or of two phases: what a register holds
  struct Biquad {
    double b0, b1, b2, a1, a2;
    Pair z1{}, z2{};
    Pair run(Pair x);
  };
  static constexpr std::size_t kStep = 4800;  // 100 ms: blocks of 400 ms overlap by three quarters
  static constexpr std::size_t kTaps = 12;    // of each phase of the interpolator
  double peak_of(std::size_t channel, double x);
  void end_step();

  std::array<Biquad, 2> filters_;  // stages
  std::array<std::array<Pair, 2>, kTaps> taps_;  // of the phases 1 and 2, and 3 and none
  std::array<std::array<double, 2 * kTaps>, 2> history_{};  // twice the same, so that there is always a run of kTaps
  std::size_t at_ = 0;  // in history_
  double sum_ = 0;      // of the step that is being filled
  std::size_t filled_ = 0;
  std::array<double, 4> steps_{};
  std::size_t step_count_ = 0;
  std::vector<double> blocks_;  // mean squares of 400 ms each
  double peak_ = 0;
};

// The one gain, in dB, that brings sound of `lufs` and `true_peak` (linear) to −16 LUFS without passing −1
// dBTP; 0 for silence. At most 20 dB up, so that noise is not made into a programme.
double normalising_gain(std::optional<double> lufs, double true_peak);

// `wanted`, in dB, or as much less as keeps sound of this true peak (linear) from passing −1 dBTP.
double bounded_gain(double wanted, double true_peak);

}  // namespace cliffhanger::media
