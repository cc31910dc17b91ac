#include "services/accounts/domain/api_key.h"

#include <algorithm>

namespace cliffhanger::accounts {

Result<void> check_live(const ApiKey& key, Time now) {
  if (key.revoked) return fail(unauthenticated("API_KEY_REVOKED", "The API key was ended."));
  if (key.expires <= now) return fail(unauthenticated("API_KEY_EXPIRED", "The API key has expired."));
  return {};
}

bool may_revoke(const Caller& caller, const ApiKey& key) {
  return caller.at_least(Role::kOperator) || caller.user == key.user;
}

Role role_through_key(const Account& owner) {
  return std::min(owner.role, Role::kCreator);
}

}  // namespace cliffhanger::accounts
