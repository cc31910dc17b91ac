#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "libs/sql/sql.h"
#include "services/recommendation/domain/regional.h"

namespace cliffhanger::recommendation {

// What grows in all regions of all tenants, in memory, as the one replica that counts leaves it to all. Safe
// from many threads.
class PgRegional final : public Regional {
 public:
  // The first two outlive this. `every`: how old a count may be, by the database's clock.
  PgRegional(sql::Pool& pool, const Clock& clock, Duration every)
      : pool_(pool), clock_(clock), every_(every) {}

  std::shared_ptr<const std::vector<Growing>> of(const Tenant& tenant,
                                                 const std::string& region) const override;
  // Counts anew for all replicas, if that is due and none does it; then reads what was counted last, if that
  // is new here. Whether this counted. Fails with what the database fails with; what was known stays known
  // then.
  Result<bool> refresh();

 private:
  using List = std::shared_ptr<const std::vector<Growing>>;
  Result<bool> count();
  Result<void> read();

  sql::Pool& pool_;
  const Clock& clock_;
  const Duration every_;
  std::int64_t step_ = -1;    // of the count that is in memory; of refresh() alone
  mutable std::mutex mutex_;  // guards the next
  std::map<std::pair<Tenant, std::string>, List> current_;
};

// One more viewer began the series there at that time.
Result<void> count_begun(sql::Tx& tx, const Tenant& tenant, SeriesId series, const std::string& region,
                         Time at);
// Forgets what no growth is measured by any more.
Result<void> drop_regional(sql::Tx& tx, Time now);

}  // namespace cliffhanger::recommendation
