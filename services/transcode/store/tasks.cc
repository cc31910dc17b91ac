#include "services/transcode/store/tasks.h"

#include "libs/sql/work_queue.h"
#include "services/transcode/store/json.h"

namespace cliffhanger::transcode {
namespace {

constexpr int kMostAttempts = 5;

}  // namespace

Result<void> add_run(sql::Tx& tx, const Tenant& tenant, RevisionId revision, UserId owner, const Run& run,
                     const Clock& clock, Random& random) {
  sql::NewTask task;
  task.id = sql::TaskId::make(clock.now(), random);
  task.tenant = tenant;
  task.kind = to_text(run.kind);
  task.lane = tenant.text() + "/" + owner.text();
  task.priority = run.priority;
  task.subject = revision.uuid();
  task.payload = to_json(run);
  task.most_attempts = kMostAttempts;
  return sql::add_task(tx, task);
}

}  // namespace cliffhanger::transcode
