#pragma once
// What devices told, over one PostgreSQL transaction.
#include "libs/sql/sql.h"
#include "services/insight/domain/journal.h"

namespace cliffhanger::insight {

class PgJournal final : public Journal {
 public:
  PgJournal(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<std::vector<const Event*>> record(const UserId& user, Time received, const Device& device,
                                           const std::vector<Event>& events) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

// Partitions for the days from yesterday to kDaysAhead after `now`, and none of days more than
// `retention_days` before it. For any number of replicas at once.
Result<void> keep_days(sql::Tx& tx, Time now, int retention_days);

}  // namespace cliffhanger::insight
