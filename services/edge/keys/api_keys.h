#pragma once
// API keys at the door (decision 0051): a key is exchanged for an access token of a minute, in whose name the
// request goes on. What accounts said of a key is believed for kApiKeyFresh, so one that was ended is refused
// everywhere within ten seconds.
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libs/core/clock.h"
#include "libs/http/task.h"
#include "libs/rpc/auth.h"
#include "libs/rpc/client.h"
#include "libs/rpc/pool.h"
#include "services/edge/api/admission.h"
#include "services/edge/gate.h"
#include "services/edge/objects/flights.h"
#include "services/edge/visit.h"

namespace cliffhanger::accounts::v1 {
class ExchangeApiKeyResponse;
}

namespace cliffhanger::edge {

// Whether the value of `Authorization` is a key and no access token.
bool is_api_key(std::string_view authorization);

// Safe from many threads.
class ApiKeys {
 public:
  // What accounts says of a key; it may block.
  using Exchange =
      std::function<Result<accounts::v1::ExchangeApiKeyResponse>(const std::string& key, const Trace& trace)>;
  // All outlive it.
  struct Deps {
    Exchange exchange;
    rpc::Pool& pool;  // where it blocks
    Gate& gate;
    Admission& admission;
    const rpc::AccessTokenVerifier& tokens;
    const Clock& clock;
  };
  explicit ApiKeys(Deps deps) : deps_(std::move(deps)) {}

  // Puts whose key `visit.authorization` holds into the visit, with an access token in its place. Fails
  // (unauthenticated) with API_KEY_INVALID, API_KEY_REVOKED, API_KEY_EXPIRED; with RATE_LIMITED for addresses
  // that try many keys; unavailable where accounts doesn't say whether it is good.
  http::Task<Result<void>> admit(Visit& visit);

 private:
  // What a key stands for.
  struct Pass {
    std::string authorization;
    rpc::AccessClaims claims;
    int per_second = 0;
  };
  struct Known {
    Result<Pass> said;
    Time asked{};
  };
  http::Task<Result<Pass>> look_up(const Visit& visit);
  Result<Pass> ask(const std::string& key, const std::string& digest, const Trace& trace);
  std::optional<Known> find(const std::string& digest);
  void keep(const std::string& digest, Known known);
  void apply(const Pass& pass, Visit& visit);

  const Deps deps_;
  Flights<Pass> flights_;
  std::mutex mutex_;
  std::unordered_map<std::string, Known> young_, old_;  // by digest; at most 2 * kKnownApiKeys
};

// Asks accounts in the edge's own name.
ApiKeys::Exchange exchange_at(rpc::Client accounts);

// The visit as it is now: of one who came with a key the key is looked up again, as admit() does. For what
// goes on for a while after the door let it in; whoever came with an access token stays as they are.
http::Task<Result<Visit>> renewed(Visit visit);

}  // namespace cliffhanger::edge
