#include "services/playback/store/purge_queue.h"

#include "services/playback/domain/limits.h"
#include "services/playback/store/queries.h"

namespace cliffhanger::playback {
namespace {

constexpr char kKind[] = "purge", kLane[] = "cdn";

}  // namespace

Result<void> PurgeQueue::add(sql::Tx& tx, const Tenant& tenant, const RevisionId& revision) const {
  for (const std::chrono::milliseconds delay : {std::chrono::milliseconds(0), std::chrono::milliseconds(kPurgeAgain)}) {
    sql::NewTask task;
    task.id = sql::TaskId::make(clock_.now(), random_);
    task.tenant = tenant;
    task.kind = kKind;
    task.lane = kLane;
    task.subject = revision.uuid();
    task.most_attempts = kPurgeAttempts;
    CH_TRY(sql::add_task(tx, task));
    if (delay.count() > 0) CH_TRY(tx.run(queries::kDelayPurge, task.id, delay.count()));
  }
  return {};
}

Result<PurgeQueue::Batch> PurgeQueue::lease(sql::Tx& tx, const std::string& worker) const {
  Batch out;
  while (out.tasks.size() < kPurgesAtOnce) {
    CH_ASSIGN(auto leased, sql::lease_task(tx, {kKind}, worker, kPurgeLease));
    for (auto& dead : leased.died) out.died.push_back(std::move(dead));
    if (!leased.task) break;
    const RevisionId revision(leased.task->subject);
    // The task's id was made with the takedown, so whoever has the task says the same.
    out.purges.push_back({leased.task->tenant, revision, revision.text() + '-' + leased.task->id.text()});
    out.tasks.push_back(std::move(*leased.task));
  }
  return out;
}

Result<int> PurgeQueue::settle(sql::Tx& tx, const Batch& batch, const Result<void>& outcome) const {
  int dead = 0;
  for (const auto& task : batch.tasks) {
    const auto done = outcome ? sql::complete_task(tx, task).map([] { return false; })
                              : sql::fail_task(tx, task, outcome.error(), false);
    if (!done && done.error().reason != "LEASE_LOST") return fail(done.error());
    if (done && *done) ++dead;
  }
  return dead;
}

Result<PurgeQueue::Figures> PurgeQueue::figures(sql::Tx& tx) const {
  CH_ASSIGN(const auto rows, tx.run(queries::kPurgeFigures));
  return Figures{rows[0].number(0), rows[0].number(1), rows[0].number(2)};
}

Result<std::vector<DeadPurge>> PgDeadPurges::list(const std::optional<Place>& after, int most) {
  const auto ended = after ? std::optional(after->ended) : std::nullopt;
  const auto task = after ? std::optional(after->task) : std::nullopt;
  CH_ASSIGN(const auto rows, tx_.run(queries::kDeadPurges, tenant_, ended, task, most));
  std::vector<DeadPurge> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    out.push_back({row.uuid(0), row.id<RevisionId>(1), static_cast<std::int32_t>(row.number(2)), row.text(3),
                   row.text(4), row.time(5)});
  }
  return out;
}

Result<void> PgDeadPurges::replay(const Uuid& task) {
  return sql::replay_dead(tx_, tenant_, sql::TaskId(task)).map([](const Uuid&) {});
}

}  // namespace cliffhanger::playback
