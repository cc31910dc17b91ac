#include "libs/sql/work_queue.h"

namespace cliffhanger::sql {
namespace {

constexpr Query kAdd{"work_add",
                     "INSERT INTO work (task_id, tenant, kind, lane, priority, subject, payload, most_attempts) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8) ON CONFLICT (task_id) DO NOTHING"};

// A lease that ran out for the last time: nobody will come back to it.
constexpr Query kBury{"work_bury",
                      "UPDATE work SET state = 'dead', ended_at = now(), epoch = epoch + 1, "
                      "reason = 'LEASE_RAN_OUT', message = 'Its worker stopped answering as often as it may.' "
                      "WHERE task_id IN (SELECT task_id FROM work WHERE state = 'leased' AND lease_until < now() "
                      "AND attempts >= most_attempts AND kind = ANY($1) FOR UPDATE SKIP LOCKED) "
                      "RETURNING task_id, kind, subject, attempts, reason, message, ended_at, tenant"};

constexpr Query kLease{
    "work_lease",
    "WITH busy AS MATERIALIZED "
    "(SELECT tenant, lane FROM work WHERE state = 'leased' AND lease_until >= now()), "
    "of_tenant AS (SELECT tenant, count(*) AS n FROM busy GROUP BY tenant), "
    "of_lane AS (SELECT tenant, lane, count(*) AS n FROM busy GROUP BY tenant, lane), "
    "turn AS (SELECT tenant, max(served_at) AS at FROM lane GROUP BY tenant) "
    "UPDATE work SET state = 'leased', epoch = epoch + 1, attempts = attempts + 1, worker = $2, "
    "lease_until = now() + $3::bigint * interval '1 millisecond' "
    "WHERE task_id = (SELECT w.task_id FROM work w "
    "LEFT JOIN of_tenant t ON t.tenant = w.tenant LEFT JOIN turn ON turn.tenant = w.tenant "
    "LEFT JOIN of_lane o ON o.tenant = w.tenant AND o.lane = w.lane "
    "LEFT JOIN lane l ON l.tenant = w.tenant AND l.lane = w.lane WHERE w.kind = ANY($1) AND w.priority <= $4 "
    "AND ((w.state = 'ready' AND w.run_after <= now()) OR (w.state = 'leased' AND w.lease_until < now())) "
    "ORDER BY w.priority, coalesce(t.n, 0), coalesce(o.n, 0), turn.at NULLS FIRST, l.served_at NULLS FIRST, "
    "w.created_at, w.task_id LIMIT 1 FOR UPDATE OF w SKIP LOCKED) "
    "RETURNING task_id, tenant, kind, lane, subject, payload, epoch, attempts, most_attempts"};

// A time of its own for each, also within one transaction.
constexpr Query kTurn{"work_turn",
                      "INSERT INTO lane (tenant, lane, served_at) VALUES ($1, $2, clock_timestamp()) "
                      "ON CONFLICT (tenant, lane) DO UPDATE SET served_at = excluded.served_at"};

constexpr Query kExtend{"work_extend",
                        "UPDATE work SET lease_until = now() + $3::bigint * interval '1 millisecond' "
                        "WHERE task_id = $1 AND epoch = $2 AND state = 'leased'"};
constexpr Query kComplete{"work_complete",
                          "UPDATE work SET state = 'done', ended_at = now(), lease_until = NULL "
                          "WHERE task_id = $1 AND epoch = $2 AND state = 'leased'"};
constexpr Query kFail{
    "work_fail",
    "UPDATE work SET state = CASE WHEN $5 OR attempts >= most_attempts THEN 'dead' ELSE 'ready' END, "
    "ended_at = CASE WHEN $5 OR attempts >= most_attempts THEN now() END, lease_until = NULL, "
    "run_after = now() + least(60, power(2, attempts - 1)) * interval '1 second', reason = $3, message = $4 "
    "WHERE task_id = $1 AND epoch = $2 AND state = 'leased' RETURNING state = 'dead'"};
constexpr Query kRelease{"work_release",
                         "UPDATE work SET state = 'ready', attempts = greatest(attempts - 1, 0), epoch = epoch + 1, "
                         "run_after = now() + $3::bigint * interval '1 millisecond', lease_until = NULL "
                         "WHERE task_id = $1 AND epoch = $2 AND state = 'leased'"};
constexpr Query kCancel{"work_cancel",
                        "UPDATE work SET state = 'cancelled', ended_at = now(), epoch = epoch + 1 "
                        "WHERE subject = $1 AND state IN ('ready', 'leased', 'dead')"};
constexpr Query kDead{"work_dead",
                      "SELECT task_id, kind, subject, attempts, reason, message, ended_at, tenant FROM work "
                      "WHERE tenant = $1 AND state = 'dead' AND ($2::timestamptz IS NULL OR ended_at < $2) "
                      "ORDER BY ended_at DESC LIMIT $3"};
constexpr Query kReplay{"work_replay",
                        "UPDATE work SET state = 'ready', attempts = 0, run_after = now(), ended_at = NULL "
                        "WHERE tenant = $1 AND task_id = $2 AND state = 'dead' RETURNING subject"};

Error lease_lost() {
  return aborted("LEASE_LOST", "The task was given to another worker, cancelled or ended.");
}

Result<DeadTask> dead_from(const Rows::Row& row) {
  CH_ASSIGN(Tenant tenant, Tenant::parse(row.text(7)));
  return DeadTask{row.id<TaskId>(0), std::move(tenant), row.text(1), row.uuid(2), static_cast<int>(row.number(3)),
                  row.text(4),       row.text(5),       row.time(6)};
}

Result<std::vector<DeadTask>> all_dead(const Rows& rows) {
  std::vector<DeadTask> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(auto dead, dead_from(rows[i]));
    out.push_back(std::move(dead));
  }
  return out;
}

}  // namespace

Result<void> add_task(Tx& tx, const NewTask& task) {
  CH_TRY(tx.run(kAdd, task.id, task.tenant, task.kind, task.lane, task.priority, task.subject, task.payload,
                task.most_attempts));
  return {};
}

Result<Leased> lease_task(Tx& tx, const std::vector<std::string>& kinds, std::string_view worker,
                          std::chrono::milliseconds lease, int most_priority) {
  Leased out;
  CH_ASSIGN(const Rows buried, tx.run(kBury, kinds));
  CH_ASSIGN(out.died, all_dead(buried));
  CH_ASSIGN(const Rows rows, tx.run(kLease, kinds, worker, lease.count(), most_priority));
  if (rows.empty()) return out;
  const auto row = rows[0];
  CH_ASSIGN(Tenant tenant, Tenant::parse(row.text(1)));
  out.task = Task{row.id<TaskId>(0), std::move(tenant),  row.text(2),
                  row.text(3),       row.uuid(4),        row.text(5),
                  row.number(6),     static_cast<int>(row.number(7)), static_cast<int>(row.number(8))};
  CH_TRY(tx.run(kTurn, out.task->tenant, out.task->lane));
  return out;
}

Result<void> extend_lease(Tx& tx, const Task& task, std::chrono::milliseconds lease) {
  CH_ASSIGN(const Rows rows, tx.run(kExtend, task.id, task.epoch, lease.count()));
  if (rows.affected() == 0) return fail(lease_lost());
  return {};
}

Result<void> complete_task(Tx& tx, const Task& task) {
  CH_ASSIGN(const Rows rows, tx.run(kComplete, task.id, task.epoch));
  if (rows.affected() == 0) return fail(lease_lost());
  return {};
}

Result<bool> fail_task(Tx& tx, const Task& task, const Error& why, bool final) {
  CH_ASSIGN(const Rows rows, tx.run(kFail, task.id, task.epoch, why.reason, why.message, final));
  if (rows.empty()) return fail(lease_lost());
  return rows[0].flag(0);
}

Result<void> release_task(Tx& tx, const Task& task, std::chrono::milliseconds delay) {
  CH_TRY(tx.run(kRelease, task.id, task.epoch, delay.count()));
  return {};
}

Result<int> cancel_tasks(Tx& tx, const Uuid& subject) {
  CH_ASSIGN(const Rows rows, tx.run(kCancel, subject));
  return static_cast<int>(rows.affected());
}

Result<std::vector<DeadTask>> list_dead(Tx& tx, const Tenant& tenant, std::optional<Time> before, int most) {
  CH_ASSIGN(const Rows rows, tx.run(kDead, tenant, before, most));
  return all_dead(rows);
}

Result<Uuid> replay_dead(Tx& tx, const Tenant& tenant, TaskId id) {
  CH_ASSIGN(const Rows rows, tx.run(kReplay, tenant, id));
  if (rows.empty()) return fail(not_found("TASK_NOT_FOUND", "There is no dead task with this id."));
  return rows[0].uuid(0);
}

}  // namespace cliffhanger::sql
