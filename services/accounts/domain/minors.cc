#include "services/accounts/domain/minors.h"

namespace cliffhanger::accounts {

Result<void> count_pin(MinorsMode& mode, Time now) {
  if (now < mode.blocked_until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(mode.blocked_until - now);
    return fail(exhausted("PIN_BLOCKED", "The PIN was wrong too often; try again later.")
                    .with("retry_after_ms", std::to_string(left.count())));
  }
  if (++mode.wrong_pins < kWrongPins) return {};
  mode.wrong_pins = 0;
  mode.blocked_until = now + kPinsBlocked;
  return {};
}

void pin_was_right(MinorsMode& mode) {
  mode.wrong_pins = 0;
  mode.blocked_until = Time{};
}

bool set(MinorsMode& mode, const MinorsLimits& limits, Time now) {
  if (mode.enabled && mode.greatest_rating == limits.greatest_rating &&
      mode.daily_minutes == limits.daily_minutes && mode.time_zone == limits.time_zone)
    return false;
  mode.enabled = true;
  mode.greatest_rating = limits.greatest_rating;
  mode.daily_minutes = limits.daily_minutes;
  mode.time_zone = limits.time_zone;
  mode.changed = now;
  ++mode.version;
  return true;
}

bool end(MinorsMode& mode, Time now) {
  if (!mode.enabled) return false;
  const std::int64_t version = mode.version + 1;
  mode = {};
  mode.changed = now;
  mode.version = version;
  return true;
}

}  // namespace cliffhanger::accounts
