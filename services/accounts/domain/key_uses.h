#pragma once
// When API keys were used, remembered until somebody writes it down: no request waits for that, and a
// database that takes no writes keeps nobody's key from working.
#include <map>
#include <mutex>
#include <utility>

#include "services/accounts/domain/api_key.h"

namespace cliffhanger::accounts {

inline constexpr std::size_t kMostKeyUses = 10'000;  // remembered at once; more are passed over

// Safe from many threads.
class KeyUses {
 public:
  using Uses = std::map<std::pair<Tenant, ApiKeyId>, Time>;
  // Remembers a use unless the key's last known one is younger than kApiKeyUseStep.
  void note(const ApiKeyOfAccount& key, Time now);
  // What is remembered; forgets it.
  Uses take();
  // What take() gave and could not be written.
  void put_back(const Uses& uses);

 private:
  std::mutex mutex_;
  Uses uses_;
};

}  // namespace cliffhanger::accounts
