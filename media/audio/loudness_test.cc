// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio/loudness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace cliffhanger::media {
namespace {

// `seconds` of a sine at `db` below full scale on both channels.
void play(LoudnessMeter& meter, double hz, double db, double seconds, double phase = 0) {
  const auto n = static_cast<std::size_t>(seconds * 48000);
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i)
    x[i] = static_cast<float>(std::pow(10, db / 20) *
                              std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 48000 + phase));
  meter.add(x.data(), x.data(), n);
}

// EBU Tech 3341, cases 1 and 2: a stereo sine of 1 kHz at −23 dBFS reads −23 LUFS.
TEST(Loudness, ReadsTheReferenceTone) {
  LoudnessMeter a, b;
  play(a, 1000, -23, 20);
  EXPECT_NEAR(a.integrated().value(), -23, 0.1);
  play(b, 1000, -33, 20);
  EXPECT_NEAR(b.integrated().value(), -33, 0.1);
}

// EBU Tech 3341, case 3: quiet parts fall through the relative gate.
TEST(Loudness, GatesQuietParts) {
  LoudnessMeter meter;
  play(meter, 1000, -36, 10);
  play(meter, 1000, -23, 60);
  play(meter, 1000, -36, 10);
  EXPECT_NEAR(meter.integrated().value(), -23, 0.1);
}

TEST(Loudness, SilenceHasNone) {
  LoudnessMeter meter;
  play(meter, 1000, -80, 5);
  EXPECT_FALSE(meter.integrated());
  EXPECT_EQ(normalising_gain(meter.integrated(), meter.true_peak()), 0);
}

// A sine at a quarter of the sampling rate, sampled 45 degrees off its peaks: every sample is 3 dB below what
// lies between.
TEST(Loudness, FindsPeaksBetweenSamples) {
  LoudnessMeter meter;
  play(meter, 12000, -6, 2, std::numbers::pi / 4);
  EXPECT_NEAR(20 * std::log10(meter.true_peak()), -6, 0.4);
}

TEST(Loudness, GainStopsAtTheCeiling) {
  EXPECT_NEAR(normalising_gain(-23, 0.1), 7, 1e-9);
  EXPECT_NEAR(normalising_gain(-10, 1.0), -6, 1e-9);
  EXPECT_NEAR(normalising_gain(-23, 1.0), -1, 1e-9);  // as loud as peaks allow
  EXPECT_NEAR(normalising_gain(-60, 0.001), 20, 1e-9);
}

}  // namespace
}  // namespace cliffhanger::media
