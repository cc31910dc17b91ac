#include "services/transcode/domain/measure.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::transcode {
namespace {

constexpr double kRounding = 1e-6;  // seconds: sums of durations are not exact

std::int64_t rate(std::int64_t bytes, double seconds) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(bytes) * 8 / seconds - kRounding));
}

}  // namespace

Bitrate measure(const std::vector<Timed>& segments, std::int64_t target_duration) {
  Timed whole;
  for (const Timed& one : segments) {
    whole.bytes += one.bytes;
    whole.seconds += one.seconds;
  }
  if (whole.seconds <= 0) return {};
  Bitrate out;
  out.average = rate(whole.bytes, whole.seconds);
  out.peak = out.average;
  const auto target = static_cast<double>(target_duration);
  for (std::size_t first = 0; first < segments.size(); ++first) {
    Timed run;
    for (std::size_t last = first; last < segments.size(); ++last) {
      run.bytes += segments[last].bytes;
      run.seconds += segments[last].seconds;
      if (run.seconds > target * 1.5 + kRounding) break;
      if (run.seconds >= target * 0.5 - kRounding)
        out.peak = std::max(out.peak, rate(run.bytes, run.seconds));
    }
  }
  return out;
}

}  // namespace cliffhanger::transcode
