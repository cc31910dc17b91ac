#pragma once
#include <optional>

#include "libs/http/message.h"
#include "libs/rpc/pool.h"
#include "services/edge/rates/rate_limiter.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {

// Who may pass how often: one bucket for each person, or each address of those without a token, and another
// one for sensitive rpcs.
class Gate {
 public:
  // All outlive it.
  Gate(RateLimiter& limiter, rpc::Pool& pool, RateLimiter::Rate general)
      : limiter_(limiter), pool_(pool), general_(general) {}
  // Nothing if the visitor may pass; else fails with RATE_LIMITED (metadata retry_after_ms).
  http::Task<Result<void>> pass(const Visit& visit, bool sensitive);

 private:
  RateLimiter& limiter_;
  rpc::Pool& pool_;
  const RateLimiter::Rate general_;
};

}  // namespace cliffhanger::edge
