#pragma once
// Consents over one PostgreSQL transaction, for one tenant.
#include "libs/sql/sql.h"
#include "services/insight/domain/consents.h"

namespace cliffhanger::insight {

class PgConsents final : public Consents {
 public:
  // `unasked`: whether who decided nothing allows it.
  PgConsents(sql::Tx& tx, const Tenant& tenant, bool unasked) : tx_(tx), tenant_(tenant), unasked_(unasked) {}
  Result<bool> may_analyse(const UserId& user) override;
  Result<Allowed> allowed(const UserId& user) override;
  Result<void> hear(const UserId& user, const Decisions& decisions, std::int64_t version,
                    Time decided) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
  const bool unasked_;
};

}  // namespace cliffhanger::insight
