#pragma once
// Work that must be done once and survives everything: the table `work` of each service's schema.
//
// A worker leases a task, does it, and completes or fails it under the lease's epoch. Leasing raises the epoch, so a worker that was slow
// or cut off is fenced: its completion is refused with LEASE_LOST and must have no effect (do it in the transaction of the effect). A
// lease that runs out makes the task ready again and counts as an attempt; after `most_attempts` the task is dead and an operator may
// replay it.
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "libs/sql/sql.h"

namespace cliffhanger::sql {

using TaskId = Id<struct TaskTag>;

struct NewTask {
  TaskId id;
  Tenant tenant;
  std::string kind;
  // Tasks of one lane (say, a creator) share: of a priority, the tenant with fewer running tasks goes first, then
  // the lane with fewer; where they are equal, whoever had no turn for longer.
  std::string lane;
  int priority = 100;  // lower goes first, whatever the lane
  Uuid subject;        // what it is about; tasks are cancelled by subject
  std::string payload = "{}";  // JSON
  int most_attempts = 5;
};

struct Task {
  TaskId id;
  Tenant tenant;
  std::string kind;
  std::string lane;
  Uuid subject;
  std::string payload;
  std::int64_t epoch = 0;
  int attempts = 0;  // this one included
  int most_attempts = 0;
};

struct DeadTask {
  TaskId id;
  Tenant tenant;
  std::string kind;
  Uuid subject;
  int attempts = 0;
  std::string reason, message;
  Time ended;
};

// Adds a task; one with the same id changes nothing.
Result<void> add_task(Tx& tx, const NewTask& task);

// The next task of one of `kinds`, leased for `lease`; none if there is nothing to do. Tasks whose lease ran out come back first; those
// without an attempt left die here with reason LEASE_RAN_OUT and are returned in `died`.
struct Leased {
  std::optional<Task> task;
  std::vector<DeadTask> died;
};
// `most_priority`: nothing that is less urgent.
Result<Leased> lease_task(Tx& tx, const std::vector<std::string>& kinds, std::string_view worker,
                          std::chrono::milliseconds lease, int most_priority = std::numeric_limits<int>::max());

// Holds the lease for longer. Fails with LEASE_LOST.
Result<void> extend_lease(Tx& tx, const Task& task, std::chrono::milliseconds lease);

// The task is done. Fails with LEASE_LOST.
Result<void> complete_task(Tx& tx, const Task& task);

// The attempt failed: the task is ready again after a delay that doubles, or dead if it was the last one or `final`. Gives whether it is
// dead now. Fails with LEASE_LOST.
Result<bool> fail_task(Tx& tx, const Task& task, const Error& why, bool final);

// Gives the task back unfinished for a reason that is not its own (the database, the object store, a process that stops): ready again after
// `delay`, and not an attempt. A lease that is lost already is left alone.
Result<void> release_task(Tx& tx, const Task& task, std::chrono::milliseconds delay);

// Cancels whatever of a subject's tasks is not done; running ones lose their lease. Gives how many.
Result<int> cancel_tasks(Tx& tx, const Uuid& subject);

// Dead tasks of a tenant that ended before `before` (exclusive), newest first.
Result<std::vector<DeadTask>> list_dead(Tx& tx, const Tenant& tenant, std::optional<Time> before, int most);

// Gives a dead task its attempts back. Fails with TASK_NOT_FOUND.
Result<Uuid> replay_dead(Tx& tx, const Tenant& tenant, TaskId id);

}  // namespace cliffhanger::sql
