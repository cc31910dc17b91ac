#pragma once
// Minors' modes over one PostgreSQL transaction, for one tenant.
#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "services/accounts/domain/minors.h"

namespace cliffhanger::accounts {

class PgMinorsModes final : public MinorsModes {
 public:
  // All outlive it.
  PgMinorsModes(sql::Tx& tx, bus::Outbox& outbox, const Call& call) : tx_(tx), outbox_(outbox), call_(call) {}
  Result<MinorsMode> find(const UserId& user) override;
  Result<void> keep(const UserId& user, const MinorsMode& mode) override;
  Result<void> tell(const UserId& user, const MinorsMode& mode) override;
  Result<bool> knows_time_zone(const std::string& name) override;

 private:
  sql::Tx& tx_;
  bus::Outbox& outbox_;
  const Call& call_;
};

}  // namespace cliffhanger::accounts
