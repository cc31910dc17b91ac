#pragma once
// Erasures over one PostgreSQL transaction.
#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "services/accounts/domain/erasure.h"

namespace cliffhanger::accounts {

class PgErasures final : public Erasures {
 public:
  // All outlive it. For the call's tenant.
  PgErasures(sql::Tx& tx, bus::Outbox& outbox, const Call& call) : tx_(tx), outbox_(outbox), call_(call) {}
  Result<void> begin(const Erasure& erasure, const UserId& account) override;
  Result<std::optional<Erasure>> find(const ErasureId& id) override;
  Result<std::optional<Erasure>> of(const UserId& user) override;
  Result<std::vector<UserId>> guests_of(const UserId& account) override;
  Result<std::vector<Erasure>> list(std::optional<Time> asked_before,
                                    const std::optional<ErasurePlace>& after, int most) override;
  Result<void> confirm(const ErasureId& id, int round, const std::string& service) override;

 private:
  sql::Tx& tx_;
  bus::Outbox& outbox_;
  const Call& call_;
};

// Looks after one open erasure of any tenant: tells it again, begins its second round, or ends it. True if it
// did something.
Result<bool> look_after_erasures(sql::Tx& tx, bus::Outbox& outbox, Time now);

}  // namespace cliffhanger::accounts
