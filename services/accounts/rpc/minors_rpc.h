#pragma once
#include "services/accounts/domain/minors.h"
#include "services/accounts/rpc/accounts_rpc.h"

namespace cliffhanger::accounts {

// All that is referred to outlives the service.
struct MinorsDeps {
  const AccountsRpc::Deps& accounts;
  std::function<std::unique_ptr<MinorsModes>(sql::Tx&, const Call&)> modes;
};

// cliffhanger.accounts.v1.MinorsService. PINs and passwords are checked outside of any transaction.
rpc::Service minors_service(MinorsDeps deps);

}  // namespace cliffhanger::accounts
