#include "services/edge/keys/api_keys.h"

#include "cliffhanger/accounts/v1/api_keys_service.pb.h"
#include "libs/digest/sha256.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

constexpr std::string_view kBearer = "Bearer ", kKey = "chk_";
constexpr char kRpc[] = "cliffhanger.accounts.v1.ApiKeysService.ExchangeApiKey";

Error bad_key() {
  return unauthenticated("API_KEY_INVALID", "The API key is not valid.");
}

// Accounts says it of the key; what it says of the edge's own service token, for one, is nothing that a
// client can mend.
bool is_ruling(const Error& why) {
  return why.code == Code::kUnauthenticated && why.reason.starts_with("API_KEY_");
}

// Nobody can say whether the key is good.
Error undecided(const Error& why) {
  if (why.code == Code::kUnavailable) return why;
  return unavailable("UNAVAILABLE", "API keys can't be checked at the moment; try again.")
      .at("exchange of an API key: " + why.reason + ": " + why.message);
}

}  // namespace

bool is_api_key(std::string_view authorization) {
  return authorization.starts_with(kBearer) && authorization.substr(kBearer.size()).starts_with(kKey);
}

ApiKeys::Exchange exchange_at(rpc::Client accounts) {
  return [accounts = std::move(accounts)](const std::string& key, const Trace& trace) {
    Call call;
    call.trace = trace;
    call.deadline = std::chrono::steady_clock::now() + kApiKeyPatience;
    accounts::v1::ExchangeApiKeyRequest in;
    in.set_key(key);
    return accounts.call<accounts::v1::ExchangeApiKeyResponse>(call, in);
  };
}

std::optional<ApiKeys::Known> ApiKeys::find(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  if (const auto it = young_.find(digest); it != young_.end()) return it->second;
  if (const auto it = old_.find(digest); it != old_.end()) return it->second;
  return std::nullopt;
}

void ApiKeys::keep(const std::string& digest, Known known) {
  const std::lock_guard lock(mutex_);
  if (young_.size() >= kKnownApiKeys) old_ = std::exchange(young_, {});
  young_.insert_or_assign(digest, std::move(known));
}

// The age counts from before the question: what was ended since is not hidden by a slow answer.
Result<ApiKeys::Pass> ApiKeys::ask(const std::string& key, const std::string& digest, const Trace& trace) {
  const Time asked = deps_.clock.now();
  const auto said = deps_.exchange(key, trace);
  if (!said) {
    if (!is_ruling(said.error())) return fail(undecided(said.error()));
    keep(digest, {fail(said.error()), asked});
    return fail(said.error());
  }
  auto claims = deps_.tokens.verify(said->access_token(), deps_.clock.now());
  if (!claims) return fail(undecided(claims.error()));
  Pass pass{std::string(kBearer) + said->access_token(), std::move(*claims), said->requests_per_second()};
  keep(digest, {pass, asked});
  return pass;
}

http::Task<Result<ApiKeys::Pass>> ApiKeys::look_up(const Visit& visit) {
  const std::string key = visit.api_key;
  if (key.size() > kMostApiKeyBytes) co_return fail(bad_key());
  const std::string digest = sha256(key);
  const auto known = find(digest);
  if (known && deps_.clock.now() - known->asked < kApiKeyFresh) co_return known->said;
  // Whoever makes keys up asks accounts no more often than somebody who makes up passwords could; a key that
  // was good isn't held up.
  if (!known || !known->said) {
    Visit stranger;
    stranger.caller.tenant = visit.caller.tenant;
    stranger.address = visit.address;
    if (auto passed = co_await deps_.gate.pass(stranger, Charge::kOpen, kRpc); !passed)
      co_return fail(std::move(passed).error());
  }
  const auto place = deps_.admission.admit(Priority::kPlayback);  // as a sign-in
  if (!place) co_return fail(place.error());
  co_return co_await flights_.load(
      deps_.pool, digest, [this, key, digest, trace = visit.trace] { return ask(key, digest, trace); });
}

void ApiKeys::apply(const Pass& pass, Visit& visit) {
  const auto& claims = pass.claims;
  visit.caller = {claims.tenant, claims.role, claims.user, "", claims.guest};
  visit.authorization = pass.authorization;
  visit.sign_in = claims.session;
  visit.key_per_second = pass.per_second;
}

http::Task<Result<void>> ApiKeys::admit(Visit& visit) {
  if (visit.api_key.empty()) visit.api_key = visit.authorization.substr(kBearer.size());
  visit.api_keys = this;
  const auto pass = co_await look_up(visit);
  if (!pass) co_return fail(pass.error());
  apply(*pass, visit);
  co_return Result<void>();
}

http::Task<Result<Visit>> renewed(Visit visit) {
  if (visit.api_keys) {
    if (auto good = co_await visit.api_keys->admit(visit); !good) co_return fail(std::move(good).error());
  }
  co_return visit;
}

}  // namespace cliffhanger::edge
