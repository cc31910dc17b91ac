#pragma once
#include "libs/sql/work_queue.h"

namespace cliffhanger::ingest {

// By how many tasks of its kind that run the lane of `task` leads the lane that is worst off among those with a task that could have begun
// `waited` ago, and would be given the place of `task` if that were given back: 3 if three of its tasks run and that lane has none. 0 if nobody
// waits, and for all tasks of a lane but one: they don't give way together.
Result<std::int64_t> lead_over_waiting(sql::Tx& tx, const sql::Task& task, std::chrono::milliseconds waited);

}  // namespace cliffhanger::ingest
