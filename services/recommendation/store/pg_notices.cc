#include "services/recommendation/store/pg_notices.h"

namespace cliffhanger::recommendation {
namespace {

constexpr sql::Query kLock{
    "recommendation_lock_notices",
    "SELECT pg_advisory_xact_lock(hashtextextended('recommendation notices ' || $1 || $2, 0))"};
// $3: a time zone, or nothing where none is known; $4: now.
constexpr sql::Query kState{
    "recommendation_notice_state",
    "SELECT (SELECT granted FROM marketing WHERE tenant = $1 AND user_id = $2), "
    "(SELECT max(picked_at) FROM notice WHERE tenant = $1 AND user_id = $2), "
    "(SELECT array_agg(episode_id::text) FROM notice WHERE tenant = $1 AND user_id = $2), "
    "extract(hour FROM $4::timestamptz AT TIME ZONE nullif($3, ''))::int"};
constexpr sql::Query kAdd{
    "recommendation_add_notice",
    "INSERT INTO notice (tenant, user_id, episode_id, series_id, picked_at) VALUES ($1, $2, $3, $4, $5)"};

}  // namespace

Result<NoticeState> PgNotices::lock(UserId user, std::string_view zone, Time now) {
  CH_TRY(tx_.run(kLock, tenant_, user.text()));
  CH_ASSIGN(const auto rows, tx_.run(kState, tenant_, user, zone, now));
  const auto row = rows[0];
  NoticeState out;
  out.marketing = !row.is_null(0) && row.flag(0);
  if (!row.is_null(1)) out.last = row.time(1);
  for (const auto& text : row.texts(2)) {
    CH_ASSIGN(const auto episode, EpisodeId::parse(text));
    out.told.insert(episode);
  }
  if (!row.is_null(3)) out.hour = static_cast<int>(row.number(3));
  return out;
}

Result<void> PgNotices::add(UserId user, const Notice& notice, Time now) {
  CH_TRY(tx_.run(kAdd, tenant_, user, notice.episode, notice.series, now));
  return {};
}

}  // namespace cliffhanger::recommendation
