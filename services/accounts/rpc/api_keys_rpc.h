#pragma once
#include "libs/obs/log.h"
#include "services/accounts/domain/api_key.h"
#include "services/accounts/domain/key_uses.h"
#include "services/accounts/rpc/accounts_rpc.h"

namespace cliffhanger::accounts {

// All that is referred to outlives the service.
struct ApiKeysDeps {
  const AccountsRpc::Deps& accounts;
  std::function<std::unique_ptr<ApiKeys>(sql::Tx&, const Call&)> keys;
  KeyUses& uses;
  obs::Logger log;  // a line for each key that is made or ended
};

// cliffhanger.accounts.v1.ApiKeysService. Passwords are checked outside of any transaction, and answers that
// hold keys never kept: see README.md.
rpc::Service api_keys_service(ApiKeysDeps deps);

}  // namespace cliffhanger::accounts
