#pragma once
// Quality of experience, over PostgreSQL transactions.
#include "libs/sql/sql.h"
#include "services/insight/domain/quality.h"

namespace cliffhanger::insight {

class PgQualityCells final : public QualityCells {
 public:
  PgQualityCells(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<std::vector<std::pair<std::string, QualityCounts>>> by_value(const QualitySpan& span,
                                                                      QualityPart part) override;
  Result<std::vector<std::pair<Time, QualityCounts>>> by_time(const QualitySpan& span) override;
  Result<std::vector<std::pair<std::string, DeliveryCounts>>> deliveries(const QualitySpan& span,
                                                                         QualityPart part) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

// Folds events that are new into the cells, kFoldedAtOnce at the most, and says whether there may be more.
// Each takes effect once, also when this is killed. For any number of replicas: one does it, for the others
// there is nothing.
Result<bool> fold_quality(sql::Tx& tx, Time now);

// Adds a batch of an edge to the cells; one that took effect before changes nothing. Says whether it was new.
Result<bool> add_deliveries(sql::Tx& tx, Time now, const Uuid& batch, const std::string& edge,
                            const std::vector<Delivery>& deliveries);

// Removes some of what is past its time (limits.h), and says whether there may be more.
Result<bool> sweep_quality(sql::Tx& tx, Time now);

// The tenants that have cells in the span.
Result<std::vector<Tenant>> quality_tenants(sql::Tx& tx, const QualitySpan& span);

}  // namespace cliffhanger::insight
