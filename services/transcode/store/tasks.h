#pragma once
// Tasks of revisions in the work queue.
#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/random.h"
#include "libs/sql/sql.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

// Adds a run of a revision, in the lane of its owner.
Result<void> add_run(sql::Tx& tx, const Tenant& tenant, RevisionId revision, UserId owner, const Run& run,
                     const Clock& clock, Random& random);

}  // namespace cliffhanger::transcode
