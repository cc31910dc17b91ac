#include "services/ingest/store/pg_turns.h"

namespace cliffhanger::ingest {
namespace {

// $1: kind, $2: tenant, $3: lane, $4: milliseconds.
constexpr sql::Query kLead{
    "turns_lead",
    "WITH busy AS (SELECT tenant, lane, count(*) AS n FROM work WHERE kind = $1 AND state = 'leased' "
    "AND lease_until >= now() GROUP BY tenant, lane), "
    "waiting AS (SELECT DISTINCT tenant, lane FROM work WHERE kind = $1 AND state = 'ready' "
    "AND greatest(run_after, created_at) <= now() - $4::bigint * interval '1 millisecond' "
    "AND (tenant, lane) <> ($2, $3)) "
    "SELECT coalesce(max(coalesce((SELECT n FROM busy WHERE tenant = $2 AND lane = $3), 0) - coalesce(b.n, 0)), 0) "
    "FROM waiting w LEFT JOIN busy b ON b.tenant = w.tenant AND b.lane = w.lane"};

}  // namespace

Result<std::int64_t> lead_over_waiting(sql::Tx& tx, const sql::Task& task, std::chrono::milliseconds waited) {
  CH_ASSIGN(const auto rows, tx.run(kLead, task.kind, task.tenant, task.lane, waited.count()));
  return rows[0].number(0);
}

}  // namespace cliffhanger::ingest
