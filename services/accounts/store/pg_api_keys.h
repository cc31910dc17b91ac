#pragma once
// API keys over one PostgreSQL transaction, for one tenant.
#include "libs/sql/sql.h"
#include "services/accounts/domain/api_key.h"
#include "services/accounts/domain/key_uses.h"

namespace cliffhanger::accounts {

class PgApiKeys final : public ApiKeys {
 public:
  // Both outlive it.
  PgApiKeys(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<void> add(const ApiKey& key) override;
  Result<int> live(const UserId& user, Time now) override;
  Result<std::vector<ApiKey>> list(const UserId& user) override;
  Result<std::optional<ApiKey>> lock(const ApiKeyId& id) override;
  Result<void> revoke(const ApiKeyId& id, Time now, bool by_operator) override;
  Result<std::optional<ApiKeyOfAccount>> find(const std::string& digest) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

// Writes when keys of all tenants were used last, to kApiKeyUseStep; passes over keys that somebody changes
// at this moment.
Result<void> write_key_uses(sql::Tx& tx, const KeyUses::Uses& uses);

// Deletes up to kSweepRows keys of all tenants that ended long before `now`; true if there may be more.
Result<bool> sweep_api_keys(sql::Tx& tx, Time now);

}  // namespace cliffhanger::accounts
