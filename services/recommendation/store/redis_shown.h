#pragma once
#include "libs/core/clock.h"
#include "libs/core/silence.h"
#include "libs/obs/metrics.h"
#include "libs/redis/redis.h"
#include "services/recommendation/domain/shown.h"

namespace cliffhanger::recommendation {

// One key a viewer, forgotten three days after the last page. While Redis is away one call a second asks
// whether it is back, and the others don't wait. Safe from many threads.
class RedisShown final : public ShownMemory {
 public:
  // `config` should have little patience: a page waits for it.
  RedisShown(redis::Config config, const Clock& clock, obs::Metrics& metrics);
  ShownList recall(const Tenant& tenant, UserId user) override;
  void remember(const Tenant& tenant, UserId user, const ShownList& shown) override;
  // Fails while Redis is away.
  Result<void> forget(const Tenant& tenant, UserId user);
  static std::string key(const Tenant& tenant, UserId user);

 private:
  Result<redis::Reply> ask(const std::vector<std::string>& words);
  redis::Client client_;
  Silence silence_;
  obs::Counter away_;
};

}  // namespace cliffhanger::recommendation
