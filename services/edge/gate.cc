#include "services/edge/gate.h"

#include <algorithm>
#include <array>
#include <vector>

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

constexpr std::array<const char*, 4> kCounted{"key", "account", "address", "tenant"};
enum class Of { kKey, kAccount, kAddress, kTenant };

// What is taken of for one request, and whose each is.
struct Buckets {
  std::vector<RateLimiter::Wanted> wanted;
  std::vector<Of> of;
  void add(Of whose, std::string key, RateLimiter::Rate rate, double share) {
    wanted.push_back({std::move(key), {rate.per_second * share, std::max(1.0, rate.burst * share)}});
    of.push_back(whose);
  }
};

// An API key may have a limit of its own, below the general one.
RateLimiter::Rate rate_of_key(const Visit& visit, RateLimiter::Rate general) {
  if (visit.key_per_second <= 0 || visit.key_per_second >= general.per_second) return general;
  const double part = visit.key_per_second / general.per_second;
  return {general.per_second * part, general.burst * part};
}

Buckets buckets_of(const Visit& visit, Charge charge, std::string_view rpc, RateLimiter::Rate general,
                   const std::optional<RateLimiter::Rate>& of_tenant) {
  Buckets out;
  const double share = share_of(charge);
  const std::string kind(1, "gosup"[static_cast<std::size_t>(charge)]);
  const auto& tenant = visit.caller.tenant.text();
  const auto network = network_of(visit.address);
  if (visit.caller.user.empty() || charge == Charge::kOpen || charge == Charge::kSensitive) {
    out.add(Of::kAddress, kind + std::string(rpc) + ":a:" + network, general, share);
  } else {
    const bool has_key = !visit.sign_in.empty();
    if (has_key) out.add(Of::kKey, kind + ":k:" + tenant + ':' + visit.sign_in, rate_of_key(visit, general), share);
    out.add(Of::kAccount, kind + ":u:" + tenant + ':' + visit.caller.user.text(), general,
            has_key ? share * kAccountShare : share);
    out.add(Of::kAddress, kind + ":p:" + network, general, share * kAddressShare);
  }
  if (of_tenant) out.add(Of::kTenant, kind + ":t:" + tenant, *of_tenant, share);
  return out;
}

}  // namespace

http::Task<Result<void>> Gate::pass(const Visit& visit, Charge charge, std::string_view rpc) {
  const auto buckets = buckets_of(visit, charge, rpc, general_, tenant_);
  co_return co_await http::run_blocking(pool_, [&]() -> Result<void> {
    const auto verdict = limiter_.take(buckets.wanted);
    if (verdict.allowed) return {};
    const std::string of = kCounted[static_cast<std::size_t>(buckets.of[std::min(verdict.which, buckets.of.size() - 1)])];
    return fail(exhausted("RATE_LIMITED", "Too many requests of this " + of + "; wait before the next one.")
                    .with("retry_after_ms", std::to_string(verdict.wait.count()))
                    .with("of", of));
  });
}

}  // namespace cliffhanger::edge
