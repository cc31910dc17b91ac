#pragma once
#include "cliffhanger/common/v1/people_service.pb.h"
#include "services/accounts/domain/erasure.h"
#include "services/accounts/rpc/accounts_rpc.h"

namespace cliffhanger::accounts {

// All that is referred to outlives the service.
struct PrivacyDeps {
  const AccountsRpc::Deps& accounts;
  std::function<std::unique_ptr<Erasures>(sql::Tx&, const Call&)> erasures;
  // Whether viewers see a series of the call's user; asks catalog.
  std::function<Result<bool>(const Call&)> has_published;
  // What a service keeps of people.
  std::function<Result<common::v1::ExportPeopleResponse>(const Call&, const std::string& service,
                                                         const common::v1::ExportPeopleRequest&)>
      ask;
  bool consent_default = true;  // of who said nothing
};

// cliffhanger.accounts.v1.PrivacyService. No transaction is open while another service is asked.
rpc::Service privacy_service(PrivacyDeps deps);

}  // namespace cliffhanger::accounts
