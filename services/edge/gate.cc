#include "services/edge/gate.h"

#include <algorithm>

#include "services/edge/address.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

double share_of(Charge charge) {
  switch (charge) {
    case Charge::kOpen:
      return kOpenShare;
    case Charge::kSensitive:
      return kSensitiveShare;
    case Charge::kUpload:
      return kUploadShare;
    case Charge::kPack:
      return kPackShare;
    case Charge::kGeneral:
      break;
  }
  return 1;
}

std::string bucket_of(const Visit& visit, Charge charge, std::string_view rpc) {
  const bool by_address =
      visit.caller.user.empty() || charge == Charge::kOpen || charge == Charge::kSensitive;
  const std::string kind(1, "gosup"[static_cast<std::size_t>(charge)]);
  if (by_address) return kind + std::string(rpc) + ":a:" + network_of(visit.address);
  return kind + ":u:" + visit.caller.tenant.text() + ':' + visit.caller.user.text();
}

}  // namespace

http::Task<Result<void>> Gate::pass(const Visit& visit, Charge charge, std::string_view rpc) {
  const auto share = share_of(charge);
  const RateLimiter::Rate rate{general_.per_second * share, std::max(1.0, general_.burst * share)};
  const auto key = bucket_of(visit, charge, rpc);
  co_return co_await http::run_blocking(pool_, [&]() -> Result<void> {
    const auto verdict = limiter_.take(key, rate);
    if (verdict.allowed) return {};
    return fail(exhausted("RATE_LIMITED", "Too many requests; wait before the next one.")
                    .with("retry_after_ms", std::to_string(verdict.wait.count())));
  });
}

}  // namespace cliffhanger::edge
