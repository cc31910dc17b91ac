#pragma once
#include <optional>

#include "libs/http/message.h"
#include "libs/rpc/pool.h"
#include "services/edge/rates/rate_limiter.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {

// What a request is counted as.
enum class Charge {
  kGeneral,    // to the person, or to the address of those without a token
  kOpen,       // an rpc that needs no token: always to the address, a bucket for each rpc
  kSensitive,  // always to the address
  kUpload,     // like kGeneral, in a bucket of its own
  kPack,       // likewise
};

// Who may pass how often. What a caller can make up anew, a guest or a tenant, never makes a fresh bucket of
// kOpen or kSensitive.
class Gate {
 public:
  // All outlive it.
  Gate(RateLimiter& limiter, rpc::Pool& pool, RateLimiter::Rate general)
      : limiter_(limiter), pool_(pool), general_(general) {}
  // Nothing if the visitor may pass; else fails with RATE_LIMITED (metadata retry_after_ms).
  // `rpc` names the rpc of kOpen.
  http::Task<Result<void>> pass(const Visit& visit, Charge charge, std::string_view rpc = {});

 private:
  RateLimiter& limiter_;
  rpc::Pool& pool_;
  const RateLimiter::Rate general_;
};

}  // namespace cliffhanger::edge
