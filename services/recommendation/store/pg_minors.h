#pragma once
#include <map>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "libs/sql/sql.h"
#include "services/recommendation/domain/minors.h"

namespace cliffhanger::recommendation {

// All tenants' viewers in minors' mode in memory, some 50 bytes each, so that a page knows of it also while
// the database is away. Brought up to date by refresh(), which reads what changed since; everything is read
// anew every five minutes, for those who were erased.
class PgMinors final : public Minors {
 public:
  // Both outlive this.
  PgMinors(sql::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

  int greatest_rating(const Tenant& tenant, UserId user) const override;
  // Fails with what the database fails with; what was known stays known then.
  Result<void> refresh();

 private:
  using All = std::map<Tenant, std::unordered_map<UserId, std::uint8_t>>;

  sql::Pool& pool_;
  const Clock& clock_;
  std::string upto_ = "0";  // transactions before this one are all in; refresh() alone uses it and the next
  Time whole_at_{};
  mutable std::shared_mutex mutex_;  // guards the next two
  bool known_ = false;
  All all_;
};

// What accounts told, unless a newer version is known. `greatest`: none for who is not in minors' mode.
Result<void> hear_minors_mode(sql::Tx& tx, const Tenant& tenant, UserId user, std::optional<int> greatest,
                              std::int64_t version);

}  // namespace cliffhanger::recommendation
