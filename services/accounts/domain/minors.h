#pragma once
// Minors' mode: what a guardian set for who is under age, kept behind a PIN.
#include <chrono>
#include <optional>
#include <string>

#include "libs/core/call.h"
#include "libs/core/clock.h"

namespace cliffhanger::accounts {

inline constexpr int kWrongPins = 5;  // in a row; then none is looked at for
inline constexpr auto kPinsBlocked = std::chrono::minutes(15);

struct MinorsMode {
  bool enabled = false;
  int greatest_rating = 0;  // that is shown, 0 to 17
  int daily_minutes = 0;    // 0: any
  std::string time_zone;    // a name of the IANA database; the day begins there at midnight
  std::string pin_hash;     // argon2id, encoded; empty while it is off
  int wrong_pins = 0;       // since the last right one
  Time blocked_until{};
  Time changed{};
  std::int64_t version = 0;  // counts up with each change of what holds
};

// What a guardian wants.
struct MinorsLimits {
  int greatest_rating = 0, daily_minutes = 0;
  std::string time_zone;
};

// Modes of one tenant within one transaction. The account is locked where something is written.
class MinorsModes {
 public:
  virtual ~MinorsModes() = default;
  // Who never had one: the default.
  virtual Result<MinorsMode> find(const UserId& user) = 0;
  // Writes it without telling anybody.
  virtual Result<void> keep(const UserId& user, const MinorsMode& mode) = 0;
  // Tells the house what holds.
  virtual Result<void> tell(const UserId& user, const MinorsMode& mode) = 0;
  virtual Result<bool> knows_time_zone(const std::string& name) = 0;
};

// One look at a PIN is about to be taken: it counts as wrong until pin_was_right() says otherwise, so that
// nobody gets more looks by asking many times at once. Fails with PIN_BLOCKED.
Result<void> count_pin(MinorsMode& mode, Time now);
void pin_was_right(MinorsMode& mode);

// Give whether anything changed of what holds.
bool set(MinorsMode& mode, const MinorsLimits& limits, Time now);
bool end(MinorsMode& mode, Time now);

}  // namespace cliffhanger::accounts
