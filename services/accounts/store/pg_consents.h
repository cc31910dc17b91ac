#pragma once
// Decisions over one PostgreSQL transaction, for one tenant.
#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "services/accounts/domain/consent.h"

namespace cliffhanger::accounts {

class PgConsents final : public Consents {
 public:
  // All outlive it.
  PgConsents(sql::Tx& tx, bus::Outbox& outbox, const Call& call) : tx_(tx), outbox_(outbox), call_(call) {}
  Result<std::vector<Decision>> latest(const UserId& user) override;
  Result<std::vector<Decision>> history(const UserId& user, int most) override;
  Result<void> decide(const UserId& user, const std::vector<Decision>& decisions, Time now) override;

 private:
  sql::Tx& tx_;
  bus::Outbox& outbox_;
  const Call& call_;
};

}  // namespace cliffhanger::accounts
