#include "services/playback/domain/daily_time.h"

#include <algorithm>

#include "services/playback/domain/limits.h"

namespace cliffhanger::playback {

Result<void> check_time_left(const std::optional<DailyTime>& time) {
  if (!time || time->watched_ms < time->allowed_ms) return {};
  return fail(denied("DAILY_TIME_USED_UP", "That was enough for today.")
                  .with("reset_time", to_rfc3339(time->resets)));
}

std::int64_t seen_ms(const Report& report, const Session& session, Time now) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - session.reported).count();
  const std::int64_t most = std::max<std::int64_t>(passed, 0);
  const std::int64_t way = std::clamp<std::int64_t>(report.position_ms - session.position_ms, 0, most);
  return std::min(std::max(report.watched_ms, way), most + kWatchedSlackMs);
}

}  // namespace cliffhanger::playback
