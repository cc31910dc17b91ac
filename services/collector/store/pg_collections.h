#pragma once
#include "libs/sql/sql.h"
#include "libs/sql/work_queue.h"
#include "services/collector/domain/collections.h"

namespace cliffhanger::collector {

inline constexpr char kCollectTask[] = "collect";

// Runs and what they condemned, inside one transaction.
class PgCollections final : public Collections {
 public:
  PgCollections(sql::Tx& tx, const Clock& clock, Random& random) : tx_(tx), clock_(clock), random_(random) {}

  Result<Collection> start(const Tenant& tenant, bool dry_run, Duration grace, int most_percent) override;
  Result<Collection> find(CollectionId id) override;
  Result<std::vector<Collection>> list(std::optional<CollectionId> before, int most) override;
  Result<void> save(const Collection& collection) override;
  Result<std::vector<Outcome>> condemned(CollectionId id, const Tenant& tenant, const std::string& after, int most) override;

  Result<std::optional<Time>> newest_start();
  // Why a run can't go on for now.
  Result<void> trouble(CollectionId id, const Error& why);

  Result<void> condemn(const Collection& collection, const std::vector<Found>& objects);
  // Those of `keys` that were condemned stay. Takes them into the counts, which must be saved in the same transaction.
  Result<void> absolve(Collection& collection, const std::vector<std::string>& keys);
  // Forgets kForgetPage of what older runs condemned; whether there was any.
  Result<bool> forget_older(const Collection& collection);
  Result<bool> is_condemned(const Collection& collection, const std::string& key);
  // What still waits behind the cursor.
  Result<std::vector<Found>> next(const Collection& collection, std::size_t most);
  Result<void> settle(const Collection& collection, const std::vector<std::string>& keys, const char* outcome);

 private:
  sql::Tx& tx_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace cliffhanger::collector
