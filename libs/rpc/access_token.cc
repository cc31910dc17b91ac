#include <boost/json.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "libs/core/encoding.h"
#include "libs/rpc/auth.h"
#include "libs/rpc/jws.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {
namespace {

namespace json = boost::json;

Error bad_token() {
  return unauthenticated("TOKEN_INVALID", "The access token is not valid.");
}

std::int64_t seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string part(const json::object& object) {
  return base64url_encode(json::serialize(object));
}

std::optional<json::object> parse_part(std::string_view text) {
  const auto raw = base64url_decode(text);
  if (!raw) return std::nullopt;
  json::parse_options options;
  options.max_depth = 4;
  json::error_code error;
  auto value = json::parse(*raw, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::int64_t> number_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<Role> person_role(std::string_view text) {
  for (const Role role : {Role::kViewer, Role::kCreator, Role::kOperator}) {
    if (text == to_text(role)) return role;
  }
  return std::nullopt;  // no person is a service
}

Result<AccessClaims> claims_of(const json::object& body) {
  AccessClaims claims;
  auto tenant = Tenant::parse(text_at(body, "tid"));
  auto user = UserId::parse(text_at(body, "sub"));
  const auto role = person_role(text_at(body, "role"));
  const auto* guest = body.if_contains("guest");
  if (!tenant || !user || user->empty() || !role || guest == nullptr || !guest->is_bool())
    return fail(bad_token());
  claims.tenant = std::move(*tenant);
  claims.user = *user;
  claims.role = *role;
  claims.guest = guest->get_bool();
  claims.session = text_at(body, "sid");
  return claims;
}

}  // namespace

std::string generate_access_key() {
  return jws::Key::generate().private_pem();
}

Result<std::string> public_key_of(const std::string& private_key_pem) {
  return jws::Key::from_private_pem(private_key_pem).map([](const jws::Key& key) {
    return key.public_pem();
  });
}

struct AccessTokenSigner::State {
  jws::Key key;
  std::string key_id;
  std::string public_key;
};

Result<AccessTokenSigner> AccessTokenSigner::make(const std::string& private_key_pem) {
  CH_ASSIGN(auto key, jws::Key::from_private_pem(private_key_pem));
  return AccessTokenSigner(std::make_shared<const State>(State{key, key.id(), key.public_pem()}));
}

std::string AccessTokenSigner::sign(const AccessClaims& claims, Time now, std::chrono::seconds life) const {
  const json::object header{{"alg", "EdDSA"}, {"typ", "JWT"}, {"kid", state_->key_id}};
  json::object body{{"tid", claims.tenant.text()},  {"sub", claims.user.text()},
                    {"role", to_text(claims.role)}, {"guest", claims.guest},
                    {"iat", seconds(now)},          {"exp", seconds(now) + life.count()}};
  if (!claims.session.empty()) body["sid"] = claims.session;
  const std::string text = part(header) + "." + part(body);
  return text + "." + base64url_encode(state_->key.sign(text));
}

const std::string& AccessTokenSigner::key_id() const {
  return state_->key_id;
}
const std::string& AccessTokenSigner::public_key() const {
  return state_->public_key;
}

namespace {

// What a good token says. A signature of Ed25519 costs some 100 µs to check, a phone sends the same token hundreds of times.
struct Known {
  AccessClaims claims;
  std::int64_t made = 0, ends = 0;  // seconds
};

// Tokens whose signature was good, at most 2 * kKnownTokens of kMaxTokenBytes: once the younger half is full, the older is
// forgotten, but for those that were asked for since.
class KnownTokens {
 public:
  std::optional<Known> find(std::string_view token) {
    const std::lock_guard lock(mutex_);
    if (const auto it = young_.find(token); it != young_.end()) return it->second;
    const auto it = old_.find(token);
    if (it == old_.end()) return std::nullopt;
    const Known found = it->second;
    keep(std::string(token), found);
    return found;
  }
  void add(std::string_view token, const Known& known) {
    const std::lock_guard lock(mutex_);
    keep(std::string(token), known);
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Map = std::unordered_map<std::string, Known, Hash, std::equal_to<>>;

  void keep(std::string token, const Known& known) {
    if (young_.size() >= kKnownTokens) old_ = std::exchange(young_, {});
    young_.emplace(std::move(token), known);
  }
  std::mutex mutex_;
  Map young_, old_;
};

}  // namespace

struct AccessTokenVerifier::State {
  std::map<std::string, jws::Key> keys;  // by id
  KnownTokens known;
};

namespace {

Result<AccessClaims> claims_at(const Known& known, Time now) {
  if (known.made > seconds(now + kClockSkew)) return fail(bad_token());
  if (known.ends <= seconds(now)) return fail(unauthenticated("TOKEN_EXPIRED", "The access token has expired."));
  return known.claims;
}

}  // namespace

Result<AccessTokenVerifier> AccessTokenVerifier::make(const std::vector<std::string>& public_key_pems) {
  auto state = std::make_shared<State>();
  for (const auto& pem : public_key_pems) {
    CH_ASSIGN(auto key, jws::Key::from_public_pem(pem));
    state->keys.emplace(key.id(), key);
  }
  if (state->keys.empty()) return fail(invalid("BAD_KEY", "At least one public key is needed."));
  return AccessTokenVerifier(std::move(state));
}

Result<AccessClaims> AccessTokenVerifier::verify(std::string_view token, Time now) const {
  if (token.size() > kMaxTokenBytes) return fail(bad_token());
  if (const auto known = state_->known.find(token)) return claims_at(*known, now);
  const auto dot1 = token.find('.');
  const auto dot2 = token.find('.', dot1 == token.npos ? token.npos : dot1 + 1);
  if (dot2 == token.npos || token.find('.', dot2 + 1) != token.npos) return fail(bad_token());

  const auto header = parse_part(token.substr(0, dot1));
  // The algorithm is ours and never the token's choice; any other name is an attempt to confuse.
  if (!header || text_at(*header, "alg") != "EdDSA" || text_at(*header, "typ") != "JWT")
    return fail(bad_token());
  const auto key = state_->keys.find(text_at(*header, "kid"));
  const auto signature = base64url_decode(token.substr(dot2 + 1));
  if (key == state_->keys.end() || !signature || !key->second.verify(token.substr(0, dot2), *signature)) {
    return fail(bad_token());
  }

  const auto body = parse_part(token.substr(dot1 + 1, dot2 - dot1 - 1));
  if (!body) return fail(bad_token());
  const auto made = number_at(*body, "iat"), ends = number_at(*body, "exp");
  if (!made || !ends) return fail(bad_token());
  CH_ASSIGN(auto claims, claims_of(*body));
  const Known known{std::move(claims), *made, *ends};
  auto result = claims_at(known, now);
  if (result) state_->known.add(token, known);
  return result;
}

}  // namespace cliffhanger::rpc
