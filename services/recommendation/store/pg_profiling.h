#pragma once
#include "libs/sql/sql.h"
#include "services/recommendation/domain/profiling.h"

namespace cliffhanger::recommendation {

// Decisions in PostgreSQL: the tenant's, within `tx`, which both outlive this.
class PgProfiling final : public Profiling {
 public:
  // `unasked`: whether who decided nothing allows it.
  PgProfiling(sql::Tx& tx, const Tenant& tenant, bool unasked)
      : tx_(tx), tenant_(tenant), unasked_(unasked) {}
  Result<bool> refuses_profiling(UserId user) override;
  Result<void> hear_consent(UserId user, bool profiling, std::int64_t version) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
  const bool unasked_;
};

}  // namespace cliffhanger::recommendation
