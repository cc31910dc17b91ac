#pragma once
// How long somebody in minors' mode may watch in a day, and has.
#include <optional>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "services/playback/domain/session.h"

namespace cliffhanger::playback {

struct DailyTime {
  std::int64_t watched_ms = 0;  // today
  std::int64_t allowed_ms = 0;  // a day
  Time resets{};                // when the next day begins, where they are
};

// The rows of one tenant in one transaction.
class DailyTimes {
 public:
  virtual ~DailyTimes() = default;
  // None for who may watch as long as they like. A session that began today and was never reported counts as
  // watched for as long as it could have been.
  virtual Result<std::optional<DailyTime>> of(const UserId& user, Time now) = 0;
  // They watched for `ms` until now; of others nothing is kept.
  virtual Result<void> add(const UserId& user, std::int64_t ms, Time now) = 0;
};

// Fails with DAILY_TIME_USED_UP.
Result<void> check_time_left(const std::optional<DailyTime>& time);

// How long was watched since the report before: what the app says, or the way that its position went if that
// is more, but no longer than there was time, so that neither silence about the one nor seeking makes much of
// a difference.
std::int64_t seen_ms(const Report& report, const Session& session, Time now);

}  // namespace cliffhanger::playback
