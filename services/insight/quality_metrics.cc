#include "services/insight/quality_metrics.h"

#include <limits>

#include "libs/obs/names.h"

namespace cliffhanger::insight {

void QualityMetrics::tell(const Tenant& tenant, const QualityCounts& counts) {
  const auto figures = figures_of(counts);
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto set = [&](const char* name, const char* help, double value, obs::Labels more = {}) {
    more.emplace("tenant", tenant.text());
    metrics_.gauge(name, help, more).set(value);
  };
  constexpr char kHelp[] = "From the wish to the first picture, over the last five minutes";
  const auto seconds = [](const std::optional<double>& ms) { return ms ? *ms / 1000 : kNone; };
  set(obs::names::kQualityStartUp, kHelp, seconds(figures.start_up_p50), {{"quantile", "0.5"}});
  set(obs::names::kQualityStartUp, kHelp, seconds(figures.start_up_p95), {{"quantile", "0.95"}});
  set(obs::names::kQualityPlays, "Plays asked for over the last five minutes",
      static_cast<double>(counts.plays));
  set(obs::names::kQualityRebuffering, "Stalled of the time watched, over the last five minutes",
      figures.rebuffering_ratio.value_or(kNone));
  set(obs::names::kQualityErrors, "Failures that viewers saw for each play, over the last five minutes",
      figures.errors_per_play.value_or(kNone));
  set(obs::names::kQualityExits,
      "Viewers who left before the first picture for each play, over the last five minutes",
      figures.exits_ratio.value_or(kNone));
  set(obs::names::kQualityExperience, "Viewer experience score, 0 to 100, over the last five minutes",
      figures.experience_score.value_or(kNone));
}

}  // namespace cliffhanger::insight
