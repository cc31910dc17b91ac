#include "services/playback/domain/progress.h"

#include <algorithm>

#include "services/playback/domain/limits.h"

namespace cliffhanger::playback {
namespace {

// The last kTailMs, or the second half of an episode that is hardly longer.
bool in_tail(std::int64_t position_ms, std::int64_t duration_ms) {
  return duration_ms > 0 && position_ms >= std::max(duration_ms - kTailMs, (duration_ms + 1) / 2);
}

}  // namespace

Result<void> check_may_watch(const Watchable& what) {
  if (!what.locked || what.owner) return {};
  return fail(denied("EPISODE_LOCKED", "This episode is locked."));
}

std::int64_t resume_position(const std::optional<Progress>& progress, std::int64_t duration_ms) {
  if (!progress || progress->completed || in_tail(progress->position_ms, duration_ms)) return 0;
  return progress->position_ms;
}

Report clamped(const Report& report, const Session& session, Time now) {
  Report out = report;
  const std::int64_t duration = session.what.duration_ms;
  out.position_ms = std::max<std::int64_t>(out.position_ms, 0);
  if (duration > 0)
    out.position_ms = out.event == WatchEvent::kComplete ? duration : std::min(out.position_ms, duration);
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - session.reported).count();
  const std::int64_t most = std::max<std::int64_t>(passed, 0) * kFastest + kWatchedSlackMs;
  out.watched_ms = std::clamp<std::int64_t>(out.watched_ms, 0, most);
  return out;
}

bool has_begun(const Report& report, const Session& session) {
  return report.event == WatchEvent::kComplete || report.position_ms >= kBegunMs ||
         in_tail(report.position_ms, session.what.duration_ms);
}

bool completes(const Report& report, const Session& session, bool completed_before) {
  if (report.event == WatchEvent::kComplete || in_tail(report.position_ms, session.what.duration_ms))
    return true;
  return completed_before && !has_begun(report, session);
}

}  // namespace cliffhanger::playback
