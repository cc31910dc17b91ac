#include "services/accounts/store/pg_minors.h"

#include "cliffhanger/accounts/v1/events.pb.h"

namespace cliffhanger::accounts {
namespace {

constexpr sql::Query kFind{
    "minors_mode_find",
    "SELECT enabled, greatest_rating, daily_minutes, time_zone, password_hash, wrong_pins, blocked_until, "
    "changed_at, version FROM minors_mode WHERE tenant = $1 AND user_id = $2"};
constexpr sql::Query kKeep{
    "minors_mode_keep",
    "INSERT INTO minors_mode (tenant, user_id, enabled, greatest_rating, daily_minutes, time_zone, "
    "password_hash, wrong_pins, blocked_until, changed_at, version) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant, user_id) DO UPDATE SET "
    "enabled = excluded.enabled, greatest_rating = excluded.greatest_rating, "
    "daily_minutes = excluded.daily_minutes, time_zone = excluded.time_zone, "
    "password_hash = excluded.password_hash, wrong_pins = excluded.wrong_pins, "
    "blocked_until = excluded.blocked_until, changed_at = excluded.changed_at, version = excluded.version"};
constexpr sql::Query kTimeZone{"minors_mode_time_zone",
                               "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)"};

}  // namespace

Result<MinorsMode> PgMinorsModes::find(const UserId& user) {
  CH_ASSIGN(const auto rows, tx_.run(kFind, call_.caller.tenant, user));
  if (rows.empty()) return MinorsMode();
  const auto row = rows[0];
  MinorsMode out;
  out.enabled = row.flag(0);
  out.greatest_rating = static_cast<int>(row.number(1));
  out.daily_minutes = static_cast<int>(row.number(2));
  out.time_zone = row.text(3);
  out.pin_hash = row.text(4);
  out.wrong_pins = static_cast<int>(row.number(5));
  out.blocked_until = row.time(6);
  out.changed = row.time(7);
  out.version = row.number(8);
  return out;
}

Result<void> PgMinorsModes::keep(const UserId& user, const MinorsMode& mode) {
  CH_TRY(tx_.run(kKeep, call_.caller.tenant, user, mode.enabled, mode.greatest_rating, mode.daily_minutes,
                 mode.time_zone, mode.pin_hash, mode.wrong_pins, mode.blocked_until, mode.changed,
                 mode.version));
  return {};
}

Result<void> PgMinorsModes::tell(const UserId& user, const MinorsMode& mode) {
  v1::MinorsModeChanged event;
  event.set_user_id(user.text());
  event.set_enabled(mode.enabled);
  event.set_greatest_rating(mode.greatest_rating);
  event.set_daily_minutes(mode.daily_minutes);
  event.set_time_zone(mode.time_zone);
  event.set_version(mode.version);
  set_time(event.mutable_time(), mode.changed);
  return outbox_.emit(tx_, call_, user.uuid(), mode.version, event);
}

Result<bool> PgMinorsModes::knows_time_zone(const std::string& name) {
  return tx_.run(kTimeZone, name).map([](const sql::Rows& rows) { return rows[0].flag(0); });
}

}  // namespace cliffhanger::accounts
