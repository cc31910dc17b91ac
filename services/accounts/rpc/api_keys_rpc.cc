#include "services/accounts/rpc/api_keys_rpc.h"

#include "cliffhanger/accounts/v1/api_keys_service.pb.h"
#include "libs/rpc/key_scopes.h"

namespace cliffhanger::accounts {
namespace {

constexpr struct {
  v1::ApiKeyScope named;
  unsigned bit;
} kScopes[] = {{v1::API_KEY_SCOPE_READ, rpc::kKeyReads},
               {v1::API_KEY_SCOPE_UPLOAD, rpc::kKeyUploads},
               {v1::API_KEY_SCOPE_PUBLISH, rpc::kKeyPublishes}};

Result<unsigned> scopes_of(const v1::CreateApiKeyRequest& in) {
  unsigned out = 0;
  for (int i = 0; i < in.scopes_size(); ++i) {
    const unsigned before = out;
    for (const auto& scope : kScopes)
      if (scope.named == in.scopes(i)) out |= scope.bit;
    if (out == before)
      return fail(invalid("INVALID_REQUEST", "The scopes are not valid.",
                          {{"scopes[" + std::to_string(i) + "]", "is no scope, or is there twice"}}));
  }
  return out;
}

v1::ApiKeyState state_of(const ApiKey& key, Time now) {
  if (key.revoked) return v1::API_KEY_STATE_REVOKED;
  return key.expires <= now ? v1::API_KEY_STATE_EXPIRED : v1::API_KEY_STATE_LIVE;
}

Error no_account() {
  return not_found("ACCOUNT_NOT_FOUND", "There is no such account.");
}

v1::ApiKey to_message(const ApiKey& key, Time now) {
  v1::ApiKey out;
  out.set_api_key_id(key.id.text());
  out.set_name(key.name);
  out.set_prefix(key.prefix);
  for (const auto& scope : kScopes)
    if ((key.scopes & scope.bit) != 0) out.add_scopes(scope.named);
  out.set_requests_per_second(key.requests_per_second);
  set_time(out.mutable_create_time(), key.created);
  set_time(out.mutable_expire_time(), key.expires);
  if (key.last_used) set_time(out.mutable_last_use_time(), *key.last_used);
  if (key.revoked) set_time(out.mutable_revoke_time(), *key.revoked);
  out.set_made_by_operator(key.made_by_operator);
  out.set_revoked_by_operator(key.revoked_by_operator);
  out.set_state(state_of(key, now));
  return out;
}

class KeyDesk {
 public:
  explicit KeyDesk(ApiKeysDeps deps) : d_(std::move(deps)), a_(d_.accounts) {}

  Result<v1::CreateApiKeyResponse> create(const Call& call, const v1::CreateApiKeyRequest& in) const {
    CH_ASSIGN(const unsigned scopes, scopes_of(in));
    CH_ASSIGN(const auto owner, whose(call, in.user_id()));
    CH_TRY(check_password(call, in.password(), owner));
    const std::string secret = kApiKeyPrefix + a_.mint.fresh_token();
    ApiKey key;
    key.created = a_.clock.now();
    key.expires = key.created + std::chrono::days(in.days() > 0 ? in.days() : kApiKeyDays);
    key.id = ApiKeyId::make(key.created, a_.random);
    key.user = owner;
    key.made_by_operator = owner != call.caller.user;
    key.name = in.name();
    key.prefix = secret.substr(0, kShownOfApiKey);
    key.digest = a_.mint.digest(secret);
    key.scopes = scopes;
    key.requests_per_second = in.requests_per_second();
    CH_TRY(a_.pool.transact([&](sql::Tx& tx) { return add(tx, call, key); }));
    d_.log.info("api key made",
                {{"key", key.id.text()}, {"user", key.user.text()}, {"by", call.caller.user.text()}});
    v1::CreateApiKeyResponse out;
    *out.mutable_api_key() = to_message(key, key.created);
    out.set_key(secret);
    return out;
  }

  Result<v1::ListApiKeysResponse> list(const Call& call, const v1::ListApiKeysRequest& in) const {
    CH_ASSIGN(const auto owner, whose(call, in.user_id()));
    CH_ASSIGN(const auto keys, a_.pool.read([&](sql::Tx& tx) -> Result<std::vector<ApiKey>> {
      if (owner != call.caller.user) CH_TRY(existing(a_.unit(tx, call).people->find(owner)));
      return d_.keys(tx, call)->list(owner);
    }));
    v1::ListApiKeysResponse out;
    for (const auto& key : keys) *out.add_api_keys() = to_message(key, a_.clock.now());
    return out;
  }

  Result<v1::RevokeApiKeyResponse> revoke(const Call& call, const v1::RevokeApiKeyRequest& in) const {
    CH_ASSIGN(const auto id, ApiKeyId::parse(in.api_key_id()));
    const auto key = a_.pool.transact([&](sql::Tx& tx) { return end(tx, call, id); });
    if (!key) return fail(key.error());
    d_.log.info("api key ended",
                {{"key", key->id.text()}, {"user", key->user.text()}, {"by", call.caller.user.text()}});
    v1::RevokeApiKeyResponse out;
    *out.mutable_api_key() = to_message(*key, a_.clock.now());
    return out;
  }

  Result<v1::ExchangeApiKeyResponse> exchange(const Call& call, const v1::ExchangeApiKeyRequest& in) const {
    const Time now = a_.clock.now();
    CH_ASSIGN(const auto found, a_.pool.read([&](sql::Tx& tx) { return find(tx, call, in.key()); }));
    CH_TRY(check_live(found.key, now));
    d_.uses.note(found, now);
    Account owner = found.account;
    owner.role = role_through_key(owner);
    v1::ExchangeApiKeyResponse out;
    out.set_access_token(a_.mint.key_token(found.tenant, owner,
                                           rpc::to_session({found.key.id.text(), found.key.scopes}), now));
    out.set_requests_per_second(found.key.requests_per_second);
    return out;
  }

 private:
  // Of which account the caller speaks: their own, or for operators anyone's. Others are told what is told of
  // accounts that aren't there.
  static Result<UserId> whose(const Call& call, const std::string& user_id) {
    if (user_id.empty()) return call.caller.user;
    CH_ASSIGN(const auto owner, UserId::parse(user_id));
    if (!may_manage_keys(call.caller, owner)) return fail(no_account());
    return owner;
  }

  static Result<Account> existing(Result<std::optional<Account>> found) {
    if (!found) return fail(found.error());
    if (!*found || !(*found)->merged_into.empty()) return fail(no_account());
    return std::move(**found);
  }

  // Behind the account's lock, so that many at once are no more than the limit.
  Result<void> add(sql::Tx& tx, const Call& call, const ApiKey& key) const {
    CH_ASSIGN(const auto owner, existing(a_.unit(tx, call).people->lock(key.user)));
    CH_TRY(check_may_have_keys(owner));
    const auto keys = d_.keys(tx, call);
    CH_ASSIGN(const int live, keys->live(key.user, key.created));
    if (live >= kMaxApiKeys)
      return fail(precondition("TOO_MANY_API_KEYS", "There are " + std::to_string(kMaxApiKeys) +
                                                        " API keys already; end one that is not used."));
    return keys->add(key);
  }

  Result<ApiKey> end(sql::Tx& tx, const Call& call, const ApiKeyId& id) const {
    const auto keys = d_.keys(tx, call);
    CH_ASSIGN(auto found, keys->lock(id));
    if (!found || !may_manage_keys(call.caller, found->user))
      return fail(not_found("API_KEY_NOT_FOUND", "There is no such API key."));
    if (found->revoked) return std::move(*found);
    found->revoked = a_.clock.now();
    found->revoked_by_operator = call.caller.user != found->user;
    CH_TRY(keys->revoke(id, *found->revoked, found->revoked_by_operator));
    return std::move(*found);
  }

  Result<ApiKeyOfAccount> find(sql::Tx& tx, const Call& call, const std::string& secret) const {
    CH_ASSIGN(auto key, d_.keys(tx, call)->find(a_.mint.digest(secret)));
    if (!key) return fail(unauthenticated("API_KEY_INVALID", "The API key is not valid."));
    return std::move(*key);
  }

  // The caller's. Who was an operator when the token was made and is none any more makes nothing for others.
  Result<void> check_password(const Call& call, const std::string& password, const UserId& owner) const {
    CH_ASSIGN(const auto caller, existing(a_.pool.read([&](sql::Tx& tx) {
                return a_.unit(tx, call).people->find(call.caller.user);
              })));
    CH_ASSIGN(const bool right, a_.passwords.verify(call, caller.password_hash, password));
    if (!right) return fail(unauthenticated("WRONG_CREDENTIALS", "The password is wrong."));
    if (owner != call.caller.user && caller.role < Role::kOperator) return fail(no_account());
    return {};
  }

  const ApiKeysDeps d_;
  const AccountsRpc::Deps& a_;
};

}  // namespace

rpc::Service api_keys_service(ApiKeysDeps deps) {
  const auto desk = std::make_shared<const KeyDesk>(std::move(deps));
  rpc::Service service("cliffhanger.accounts.v1.ApiKeysService");
  service.on([desk](const Call& call, const v1::CreateApiKeyRequest& in) { return desk->create(call, in); })
      .on([desk](const Call& call, const v1::ListApiKeysRequest& in) { return desk->list(call, in); })
      .on([desk](const Call& call, const v1::RevokeApiKeyRequest& in) { return desk->revoke(call, in); })
      .on([desk](const Call& call, const v1::ExchangeApiKeyRequest& in) { return desk->exchange(call, in); });
  return service;
}

}  // namespace cliffhanger::accounts
