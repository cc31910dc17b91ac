#include "services/accounts/domain/api_key.h"

#include <algorithm>

namespace cliffhanger::accounts {

Result<void> check_live(const ApiKey& key, Time now) {
  if (key.revoked) return fail(unauthenticated("API_KEY_REVOKED", "The API key was ended."));
  if (key.expires <= now) return fail(unauthenticated("API_KEY_EXPIRED", "The API key has expired."));
  return {};
}

bool may_manage_keys(const Caller& caller, const UserId& owner) {
  return caller.user == owner || caller.at_least(Role::kOperator);
}

Result<void> check_may_have_keys(const Account& owner) {
  if (owner.role < Role::kCreator)
    return fail(precondition("NOT_A_CREATOR", "API keys are for creators, and the account is none."));
  return {};
}

Role role_through_key(const Account& owner) {
  return std::min(owner.role, Role::kCreator);
}

}  // namespace cliffhanger::accounts
