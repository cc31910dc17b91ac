#include "services/playback/store/pg_daily_times.h"

#include "services/playback/domain/limits.h"

namespace cliffhanger::playback {
namespace {

// $3: now.
#define TODAY                                                                                             \
  "(SELECT tenant, user_id, daily_minutes, time_zone, ($3::timestamptz AT TIME ZONE time_zone)::date AS " \
  "day "                                                                                                  \
  "FROM minor WHERE tenant = $1 AND user_id = $2 AND daily_minutes IS NOT NULL) m"
constexpr sql::Query kOf{
    "daily_time_of",
    "SELECT m.daily_minutes, coalesce(w.watched_ms, 0) + (SELECT coalesce(sum(least(s.duration_ms, "
    "(extract(epoch FROM $3::timestamptz - s.created_at) * 1000)::bigint)), 0)::bigint FROM session s "
    "WHERE s.tenant = $1 AND s.user_id = $2 AND s.announced AND s.sequence = 0 "
    "AND s.created_at >= m.day::timestamp AT TIME ZONE m.time_zone AND s.created_at <= $3), "
    "(m.day + 1)::timestamp AT TIME ZONE m.time_zone FROM " TODAY
    " LEFT JOIN watch_day w ON w.tenant = m.tenant AND w.user_id = m.user_id AND w.day = m.day"};
constexpr sql::Query kAdd{
    "daily_time_add",
    "INSERT INTO watch_day AS w (tenant, user_id, day, watched_ms) SELECT tenant, user_id, day, $4 "
    "FROM " TODAY
    " ON CONFLICT (tenant, user_id, day) DO UPDATE SET watched_ms = w.watched_ms + excluded.watched_ms"};
#undef TODAY
constexpr sql::Query kHear{
    "daily_time_hear",
    "INSERT INTO minor AS m (tenant, user_id, daily_minutes, time_zone, version) VALUES ($1, $2, $3, "
    "CASE WHEN EXISTS (SELECT FROM pg_timezone_names WHERE name = $4) THEN $4 ELSE 'UTC' END, $5) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET daily_minutes = excluded.daily_minutes, "
    "time_zone = excluded.time_zone, version = excluded.version WHERE m.version < excluded.version"};
constexpr sql::Query kSweep{
    "daily_time_sweep",
    "DELETE FROM watch_day WHERE (tenant, user_id, day) IN (SELECT tenant, user_id, day FROM watch_day "
    "WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date - 2 ORDER BY day LIMIT $2 FOR UPDATE SKIP "
    "LOCKED)"};

}  // namespace

Result<std::optional<DailyTime>> PgDailyTimes::of(const UserId& user, Time now) {
  CH_ASSIGN(const auto rows, tx_.run(kOf, tenant_, user, now));
  if (rows.empty()) return std::optional<DailyTime>();
  return std::optional(DailyTime{rows[0].number(1), rows[0].number(0) * 60'000, rows[0].time(2)});
}

Result<void> PgDailyTimes::add(const UserId& user, std::int64_t ms, Time now) {
  CH_TRY(tx_.run(kAdd, tenant_, user, now, ms));
  return {};
}

Result<void> PgDailyTimes::hear(const UserId& user, std::optional<int> minutes, const std::string& time_zone,
                                std::int64_t version) {
  CH_TRY(tx_.run(kHear, tenant_, user, minutes, time_zone, version));
  return {};
}

Result<bool> sweep_days(sql::Tx& tx, Time now) {
  CH_ASSIGN(const auto gone, tx.run(kSweep, now, kSweepRows));
  return gone.affected() == static_cast<std::size_t>(kSweepRows);
}

}  // namespace cliffhanger::playback
