#include "services/edge/gate.h"

#include <algorithm>

#include "services/edge/limits.h"

namespace cliffhanger::edge {

http::Task<Result<void>> Gate::pass(const Visit& visit, bool sensitive) {
  auto rate = general_;
  if (sensitive) rate = {rate.per_second * kSensitiveShare, std::max(1.0, rate.burst * kSensitiveShare)};
  const auto who = visit.caller.user.empty() ? "a:" + visit.address : "u:" + visit.caller.user.text();
  const auto key = visit.caller.tenant.text() + (sensitive ? ":s:" : ":g:") + who;
  co_return co_await http::run_blocking(pool_, [&]() -> Result<void> {
    const auto verdict = limiter_.take(key, rate);
    if (verdict.allowed) return {};
    return fail(exhausted("RATE_LIMITED", "Too many requests; wait before the next one.")
                    .with("retry_after_ms", std::to_string(verdict.wait.count())));
  });
}

}  // namespace cliffhanger::edge
