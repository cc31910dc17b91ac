#include "services/accounts/domain/key_uses.h"

#include <algorithm>

namespace cliffhanger::accounts {

void KeyUses::note(const ApiKeyOfAccount& key, Time now) {
  if (key.key.last_used && *key.key.last_used > now - kApiKeyUseStep) return;
  put_back({{{key.tenant, key.key.id}, now}});
}

KeyUses::Uses KeyUses::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(uses_, {});
}

void KeyUses::put_back(const Uses& uses) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, at] : uses) {
    if (const auto known = uses_.find(key); known != uses_.end())
      known->second = std::max(known->second, at);
    else if (uses_.size() < kMostKeyUses)
      uses_.emplace(key, at);
  }
}

}  // namespace cliffhanger::accounts
