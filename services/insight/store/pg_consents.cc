#include "services/insight/store/pg_consents.h"

namespace cliffhanger::insight {
namespace {

constexpr sql::Query kMayAnalyse{"consent_may_analyse", "SELECT may_analyse($1, $2, $3)"};
constexpr sql::Query kLock{
    "consent_lock",
    "SELECT pg_advisory_xact_lock(hashtextextended('insight consent/' || $1 || '/' || $2, 0))"};
constexpr sql::Query kHear{
    "consent_hear",
    "INSERT INTO consent AS c (tenant, user_id, analytics, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET analytics = excluded.analytics, version = excluded.version "
    "WHERE c.version < excluded.version"};
constexpr sql::Query kDropLate{
    "consent_drop_late",
    "DELETE FROM event WHERE tenant = $1 AND received_time >= $3 AND (user_id = $2 OR user_id IN "
    "(SELECT guest_id FROM merged WHERE tenant = $1 AND user_id = $2))"};

}  // namespace

Result<bool> PgConsents::may_analyse(const UserId& user) {
  return tx_.run(kMayAnalyse, tenant_, user, unasked_).map([](const sql::Rows& rows) {
    return rows[0].flag(0);
  });
}

Result<void> PgConsents::hear(const UserId& user, bool analytics, std::int64_t version, Time decided) {
  CH_TRY(tx_.run(kLock, tenant_, user));
  CH_ASSIGN(const auto heard, tx_.run(kHear, tenant_, user, analytics, version));
  if (heard.affected() > 0 && !analytics) CH_TRY(tx_.run(kDropLate, tenant_, user, decided));
  return {};
}

}  // namespace cliffhanger::insight
