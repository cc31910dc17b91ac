#pragma once
// The raw events of a window, read piece by piece within one transaction.
#include "libs/sql/sql.h"
#include "services/insight/domain/exports.h"
#include "services/insight/domain/exported_event.h"

namespace cliffhanger::insight {

// Whose events are in the window. May take minutes.
Result<std::vector<Tenant>> tenants_in(sql::Tx& tx, const ExportWindow& window);

// Lives within the transaction; one at a time.
class ExportRows {
 public:
  explicit ExportRows(sql::Tx& tx) : tx_(tx) {}
  Result<void> open(const ExportWindow& window, const Tenant& tenant);
  // The next ones, in no particular order; none at the end, after which another may be opened.
  Result<std::vector<ExportedEvent>> next();

 private:
  sql::Tx& tx_;
};

}  // namespace cliffhanger::insight
