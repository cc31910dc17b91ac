#include "services/insight/store/pg_consents.h"

namespace cliffhanger::insight {
namespace {

constexpr sql::Query kMayAnalyse{"consent_may_analyse", "SELECT may_analyse($1, $2, $3)"};
constexpr sql::Query kLock{
    "consent_lock",
    "SELECT pg_advisory_xact_lock(hashtextextended('insight consent/' || $1 || '/' || $2, 0))"};
constexpr sql::Query kHear{
    "consent_hear",
    "INSERT INTO consent AS c (tenant, user_id, analytics, profiling, version, refused, heard) "
    "VALUES ($1, $2, $3, $4, $5, CASE WHEN NOT $3 THEN $6::timestamptz END, pg_current_xact_id()) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET analytics = excluded.analytics, "
    "profiling = excluded.profiling, version = excluded.version, heard = excluded.heard, "
    "refused = CASE WHEN NOT excluded.analytics THEN coalesce(c.refused, excluded.refused) END "
    "WHERE c.version < excluded.version"};
constexpr sql::Query kAllowed{"consent_allowed",
                              "SELECT analytics, profiling FROM allowed_uses($1, $2, $3)"};
#define INSIGHT_AND_GUESTS \
  "(user_id = $2 OR user_id IN (SELECT guest_id FROM merged WHERE tenant = $1 AND user_id = $2))"
constexpr sql::Query kDropUntold{"consent_drop_untold",
                                 "DELETE FROM acts WHERE tenant = $1 AND " INSIGHT_AND_GUESTS};
constexpr sql::Query kLockExports{
    "consent_lock_exports",
    "SELECT pg_advisory_xact_lock(hashtextextended('insight export people', 0))"};
constexpr sql::Query kRewriteExports{
    "consent_rewrite_exports",
    "UPDATE export_part SET stale = true WHERE part_id IN (SELECT part_id FROM export_viewer WHERE tenant = "
    "$1 AND " INSIGHT_AND_GUESTS
    ") AND window_start IN (SELECT start FROM export_window WHERE end_time > $3::timestamptz)"};
constexpr sql::Query kDropLate{
    "consent_drop_late",
    "DELETE FROM event WHERE tenant = $1 AND received_time >= $3 AND " INSIGHT_AND_GUESTS};
#undef INSIGHT_AND_GUESTS

}  // namespace

Result<bool> PgConsents::may_analyse(const UserId& user) {
  return tx_.run(kMayAnalyse, tenant_, user, unasked_).map([](const sql::Rows& rows) {
    return rows[0].flag(0);
  });
}

Result<Allowed> PgConsents::allowed(const UserId& user) {
  return tx_.run(kAllowed, tenant_, user, unasked_).map([](const sql::Rows& rows) {
    return Allowed{rows[0].flag(0), rows[0].flag(1)};
  });
}

Result<void> PgConsents::hear(const UserId& user, const Decisions& decisions, std::int64_t version,
                              Time decided) {
  CH_TRY(tx_.run(kLock, tenant_, user));
  const bool no_analytics = !decisions.analytics.value_or(true),
             no_profiling = !decisions.profiling.value_or(true);
  if (no_analytics) CH_TRY(tx_.run(kLockExports));
  CH_ASSIGN(const auto heard, tx_.run(kHear, tenant_, user, decisions.analytics, decisions.profiling, version,
                                      decided));
  if (heard.affected() == 0) return {};
  if (no_analytics || no_profiling) CH_TRY(tx_.run(kDropUntold, tenant_, user));
  if (!no_analytics) return {};
  CH_TRY(tx_.run(kDropLate, tenant_, user, decided));
  CH_TRY(tx_.run(kRewriteExports, tenant_, user, decided));
  return {};
}

}  // namespace cliffhanger::insight
