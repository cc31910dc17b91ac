#include "services/ingest/store/pg_turns.h"

namespace cliffhanger::ingest {
namespace {

// $1: the task, $2: milliseconds. Who would be given the place is said as the queue says it (kLease in libs/sql/work_queue.cc): by tasks of
// all kinds, without the one that is given back. Whom the queue would not prefer gets nothing by it. Of several tasks of a lane that
// all find the same one gives way, the last.
constexpr sql::Query kLead{
    "turns_lead",
    "WITH busy AS MATERIALIZED (SELECT task_id, tenant, lane, kind FROM work WHERE state = 'leased' AND lease_until >= now()), "
    "me AS (SELECT task_id, tenant, lane, kind, priority FROM work WHERE task_id = $1), "
    "of_tenant AS (SELECT b.tenant, count(*) AS n FROM busy b, me WHERE b.task_id <> me.task_id GROUP BY b.tenant), "
    "of_lane AS (SELECT b.tenant, b.lane, count(*) AS n FROM busy b, me WHERE b.task_id <> me.task_id GROUP BY b.tenant, b.lane), "
    "of_kind AS (SELECT b.tenant, b.lane, count(*) AS n FROM busy b, me WHERE b.kind = me.kind GROUP BY b.tenant, b.lane), "
    "turn AS (SELECT tenant, max(served_at) AS at FROM lane GROUP BY tenant), "
    "ready AS (SELECT w.tenant, w.lane, min(w.priority) AS priority FROM work w, me WHERE w.kind = me.kind AND w.state = 'ready' "
    "AND greatest(w.run_after, w.created_at) <= now() - $2::bigint * interval '1 millisecond' "
    "AND (w.tenant, w.lane) <> (me.tenant, me.lane) GROUP BY w.tenant, w.lane), "
    "place AS (SELECT c.mine, c.tenant, c.lane, ROW(c.priority, coalesce(t.n, 0), coalesce(o.n, 0), "
    "coalesce(turn.at, '-infinity'), coalesce(l.served_at, '-infinity')) AS preferred, coalesce(k.n, 0) AS running "
    "FROM (SELECT false AS mine, tenant, lane, priority FROM ready UNION ALL SELECT true, tenant, lane, priority FROM me) c "
    "LEFT JOIN of_tenant t ON t.tenant = c.tenant LEFT JOIN turn ON turn.tenant = c.tenant "
    "LEFT JOIN of_lane o ON o.tenant = c.tenant AND o.lane = c.lane LEFT JOIN of_kind k ON k.tenant = c.tenant AND k.lane = c.lane "
    "LEFT JOIN lane l ON l.tenant = c.tenant AND l.lane = c.lane) "
    "SELECT coalesce(max(m.running - w.running), 0) FROM place m JOIN place w ON m.mine AND NOT w.mine AND w.preferred < m.preferred "
    "WHERE NOT EXISTS (SELECT FROM busy b, me WHERE b.kind = me.kind AND b.tenant = me.tenant AND b.lane = me.lane "
    "AND b.task_id > me.task_id)"};

}  // namespace

Result<std::int64_t> lead_over_waiting(sql::Tx& tx, const sql::Task& task, std::chrono::milliseconds waited) {
  CH_ASSIGN(const auto rows, tx.run(kLead, task.id, waited.count()));
  return rows[0].number(0);
}

}  // namespace cliffhanger::ingest
