// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/probe/rate.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::media {
namespace {

constexpr FrameRate kUsual[] = {{10, 1}, {12, 1},       {25, 2}, {15, 1},       {18, 1},
                                {20, 1}, {24000, 1001}, {24, 1}, {25, 1},       {30000, 1001},
                                {30, 1}, {48, 1},       {50, 1}, {60000, 1001}, {60, 1}};

double distance(double a, double b) {
  return std::abs(std::log(a / b));
}

// Into the range that we make: halving and doubling keep the cadence even. Takes anything but NaN.
double into_range(double fps) {
  fps = std::clamp(fps, 0.01, 100'000.0);
  while (fps > 60.3) fps /= 2;
  while (fps < 9.9) fps *= 2;
  return fps;
}

FrameRate nearest_usual(double fps) {
  return *std::min_element(std::begin(kUsual), std::end(kUsual), [&](const FrameRate& a, const FrameRate& b) {
    return distance(a.value(), fps) < distance(b.value(), fps);
  });
}

// Frames a second of a typical frame. Its median is robust to pauses, the mean is exact where the rate is
// constant: containers that round times to milliseconds show 33 and 34 by turns.
double typical_fps(const std::vector<double>& starts) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < starts.size(); ++i) steps.push_back(starts[i] - starts[i - 1]);
  std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2), steps.end());
  const double median = std::max(steps[steps.size() / 2], 1e-6);
  const double mean = std::max((starts.back() - starts.front()) / static_cast<double>(steps.size()), 1e-6);
  return distance(mean, median) < 0.04 ? 1 / mean : 1 / median;
}

FrameRate choose_rate(const Timing& timing) {
  const double declared = timing.declared.num > 0 && timing.declared.den > 0 ? timing.declared.value() : 0;
  double fps = declared > 0 ? declared : 30;
  if (timing.starts.size() >= 3)
    fps = typical_fps(timing.starts);
  else if (timing.starts.size() == 2)
    fps = 1 / std::max(timing.starts[1] - timing.starts[0], 1e-6);
  fps = into_range(fps);
  // Short or coarsely timed clips can't tell 29.97 from 30: then the container's word counts.
  if (declared > 0 && distance(into_range(declared), fps) < 0.003) fps = into_range(declared);
  return nearest_usual(fps);
}

}  // namespace

Timeline plan_timeline(const Timing& timing) {
  Timeline out;
  out.rate = choose_rate(timing);
  const double step = 1 / out.rate.value();
  out.seconds = timing.starts.back() + (timing.last_duration > 0 ? timing.last_duration : step);
  out.frames = std::max<std::int64_t>(1, std::llround(out.seconds * out.rate.value()));
  return out;
}

}  // namespace cliffhanger::media
