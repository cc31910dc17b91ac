#pragma once
#include <deque>
#include <mutex>

#include "libs/core/clock.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/decision.h"

namespace cliffhanger::recommendation {

// The log in PostgreSQL, written behind the requests: at most kLogQueue pages wait, in batches of kLogBatch.
// Safe from many threads.
class PgDecisions final : public DecisionLog {
 public:
  // Both outlive this.
  PgDecisions(sql::Pool& pool, obs::Metrics& metrics);
  void add(Decision decision) override;
  // Writes one batch; whether there was one. What could not be written waits on.
  Result<bool> write();

 private:
  sql::Pool& pool_;
  obs::Counter written_, dropped_;
  std::mutex mutex_;
  std::deque<Decision> waiting_;
};

// Makes the partitions of `now`, tomorrow and the day after, and drops those that are older than `days`.
Result<void> keep_decision_days(sql::Tx& tx, Time now, std::int64_t days);
// One decision as it was logged, or none. For those who replay it.
Result<std::optional<Decision>> find_decision(sql::Tx& tx, const Tenant& tenant, DecisionId id);

}  // namespace cliffhanger::recommendation
