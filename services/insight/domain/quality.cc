#include "services/insight/domain/quality.h"

namespace cliffhanger::insight {
namespace {

std::optional<double> share(std::int64_t part, std::int64_t whole, double factor = 1) {
  if (whole <= 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole) * factor;
}

constexpr double kOfThousandths = 0.001;
constexpr double kMillisecondsOfMinute = 60'000;
constexpr double kMillisecondsOfSecond = 1000;

}  // namespace

QualityFigures figures_of(const QualityCounts& counts) {
  const std::int64_t watched_ms = counts.played_ms + counts.stalled_ms;
  QualityFigures out;
  out.start_up_p50 = counts.start_up_ms.quantile(0.5);
  out.start_up_p90 = counts.start_up_ms.quantile(0.9);
  out.start_up_p95 = counts.start_up_ms.quantile(0.95);
  out.start_up_score = share(counts.start_up_score, counts.starts, kOfThousandths);
  out.rebuffering_ratio = share(counts.stalled_ms, watched_ms);
  out.stalls_per_minute = share(counts.stalls, watched_ms, kMillisecondsOfMinute);
  out.errors_per_play = share(counts.errors, counts.plays);
  out.exits_ratio = share(counts.exits, counts.plays);
  out.bitrate_bps = share(counts.bits, counts.rated_ms, kMillisecondsOfSecond);
  out.smoothness_score = share(counts.smoothness, counts.smooth_views, kOfThousandths);
  out.success_score = share(counts.success, counts.views, kOfThousandths);
  out.experience_score = share(counts.experience, counts.views, kOfThousandths);
  return out;
}

bool Delivery::late() const {
  if (!bitrate_kbps || !duration_ms || !deadline_ms || !throughput_kbps || *throughput_kbps == 0)
    return false;
  return static_cast<double>(*bitrate_kbps) * static_cast<double>(*duration_ms) /
             static_cast<double>(*throughput_kbps) >
         static_cast<double>(*deadline_ms);
}

QualitySpan span_of(Time now, int back) {
  using std::chrono::floor;
  using std::chrono::hours;
  using std::chrono::minutes;
  if (back <= 60) return {1, Time(floor<minutes>(now)) - minutes(back)};
  return {60, Time(floor<hours>(now)) - minutes(back)};
}

}  // namespace cliffhanger::insight
