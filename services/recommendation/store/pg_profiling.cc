#include "services/recommendation/store/pg_profiling.h"

namespace cliffhanger::recommendation {
namespace {

constexpr sql::Query kRefuses{
    "recommendation_refuses_profiling",
    "SELECT NOT coalesce((SELECT profiling FROM consent WHERE tenant = $1 AND user_id = coalesce((SELECT "
    "user_id FROM merged WHERE tenant = $1 AND guest_id = $2), $2)), $3)"};
constexpr sql::Query kHear{
    "recommendation_hear_consent",
    "INSERT INTO consent AS c (tenant, user_id, profiling, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET profiling = excluded.profiling, version = excluded.version "
    "WHERE c.version < excluded.version"};

}  // namespace

Result<bool> PgProfiling::refuses_profiling(UserId user) {
  return tx_.run(kRefuses, tenant_, user, unasked_).map([](const sql::Rows& rows) {
    return rows[0].flag(0);
  });
}

Result<void> PgProfiling::hear_consent(UserId user, bool profiling, std::int64_t version) {
  CH_TRY(tx_.run(kHear, tenant_, user, profiling, version));
  return {};
}

}  // namespace cliffhanger::recommendation
