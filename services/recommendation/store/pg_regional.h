#pragma once
#include <map>
#include <mutex>
#include <string>

#include "libs/sql/sql.h"
#include "services/recommendation/domain/regional.h"

namespace cliffhanger::recommendation {

// What grows in all regions of all tenants, in memory, from counts that all replicas share. Safe from many
// threads.
class PgRegional final : public Regional {
 public:
  // Both outlive this.
  PgRegional(sql::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

  std::shared_ptr<const std::vector<Growing>> of(const Tenant& tenant,
                                                 const std::string& region) const override;
  // Counts anew. Fails with what the database fails with; what was known stays known then.
  Result<void> refresh();

 private:
  using List = std::shared_ptr<const std::vector<Growing>>;
  sql::Pool& pool_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the next
  std::map<std::pair<Tenant, std::string>, List> current_;
};

// One more viewer began the series there at that time.
Result<void> count_begun(sql::Tx& tx, const Tenant& tenant, SeriesId series, const std::string& region,
                         Time at);
// Forgets what no growth is measured by any more.
Result<void> drop_regional(sql::Tx& tx, Time now);

}  // namespace cliffhanger::recommendation
