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

// Who may pass how often: of a person each key (sign-in or API key), all keys of the account, all accounts behind one address, and all of the
// tenant; of those without a token the address and the tenant. What a caller can make up anew, a guest or a tenant, never makes a
// fresh bucket of kOpen or kSensitive, and not one of the address.
class Gate {
 public:
  // All outlive it.
  Gate(RateLimiter& limiter, rpc::Pool& pool, RateLimiter::Rate general,
       std::optional<RateLimiter::Rate> tenant = {})
      : limiter_(limiter), pool_(pool), general_(general), tenant_(tenant) {}
  // Nothing if the visitor may pass; else fails with RATE_LIMITED (metadata retry_after_ms; `of`: what is counted).
  // `rpc` names the rpc of kOpen.
  http::Task<Result<void>> pass(const Visit& visit, Charge charge, std::string_view rpc = {});

 private:
  RateLimiter& limiter_;
  rpc::Pool& pool_;
  const RateLimiter::Rate general_;
  const std::optional<RateLimiter::Rate> tenant_;
};

}  // namespace cliffhanger::edge
