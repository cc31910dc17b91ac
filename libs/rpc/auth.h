#pragma once
// The two tokens of the house. People carry access tokens (JWT, EdDSA with Ed25519, RFC 8037); services carry
// service tokens (HMAC-SHA256 with a secret that all services share). Objects here are safe from many
// threads.
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::rpc {

struct AccessClaims {
  Tenant tenant;
  UserId user;
  Role role = Role::kViewer;  // kViewer, kCreator or kOperator
  bool guest = false;
  std::string session;  // accounts' id of the sign-in, or empty
};

// A fresh Ed25519 private key in PEM (PKCS #8), for set-up and tests.
std::string generate_access_key();
// The public half in PEM (SubjectPublicKeyInfo). Fails with BAD_KEY.
Result<std::string> public_key_of(const std::string& private_key_pem);

// Makes access tokens; accounts has the only one.
class AccessTokenSigner {
 public:
  // Fails with BAD_KEY unless it is an Ed25519 private key.
  static Result<AccessTokenSigner> make(const std::string& private_key_pem);
  // Valid from `now` for `life`.
  std::string sign(const AccessClaims& claims, Time now, std::chrono::seconds life) const;
  const std::string& key_id() const;  // 16 hex digits of the public key's SHA-256
  const std::string& public_key() const;

 private:
  struct State;
  explicit AccessTokenSigner(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Checks access tokens, with any of several public keys so that keys can be changed without signing anyone
// out. Remembers tokens whose signature was good, so that one is checked once; copies share what is remembered.
class AccessTokenVerifier {
 public:
  // Fails with BAD_KEY unless each is an Ed25519 public key and there is at least one.
  static Result<AccessTokenVerifier> make(const std::vector<std::string>& public_key_pems);
  // Fails (kUnauthenticated) with TOKEN_INVALID or TOKEN_EXPIRED.
  Result<AccessClaims> verify(std::string_view token, Time now) const;

 private:
  struct State;
  explicit AccessTokenVerifier(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

// What a service says of itself and of whom it works for.
struct ServiceClaims {
  std::string service;
  Tenant tenant;              // may be empty, for work that is nobody's
  UserId user;                // on whose behalf, or empty
  Role role = Role::kAnyone;  // that person's
  bool guest = false;
};

// Makes and checks service tokens; every service has one of the same secret.
class ServiceTokens {
 public:
  // Fails with BAD_KEY if the secret has under 32 bytes.
  static Result<ServiceTokens> make(std::string secret);
  std::string sign(const ServiceClaims& claims, Time now) const;  // valid for kServiceTokenLife
  // Fails (kUnauthenticated) with TOKEN_INVALID or TOKEN_EXPIRED.
  Result<ServiceClaims> verify(std::string_view token, Time now) const;

 private:
  explicit ServiceTokens(std::string secret) : secret_(std::move(secret)) {}
  std::string secret_;
};

// Names of the metadata that carry them, and what else travels beside a call.
inline constexpr char kAuthorizationKey[] = "authorization";  // "Bearer " and an access token
inline constexpr char kServiceTokenKey[] = "x-cliffhanger-service";
inline constexpr char kTenantKey[] = "x-cliffhanger-tenant";  // for calls without a token
inline constexpr char kTraceKey[] = "traceparent";
inline constexpr char kIdempotencyKey[] = "idempotency-key";
inline constexpr char kClientKey[] = "x-cliffhanger-client";  // ClientFacts::text()

// The values of that metadata, as received; empty where absent.
struct Credentials {
  std::string authorization;
  std::string service_token;
  std::string tenant;
};

// Who calls. A service token counts before an access token. Without either: kAnyone of the tenant named.
// Fails with TOKEN_INVALID, TOKEN_EXPIRED or BAD_TENANT. `access` and `services` may be null: such tokens are
// then invalid.
Result<Caller> authenticate(const Credentials& credentials, const AccessTokenVerifier* access,
                            const ServiceTokens* services, Time now);

}  // namespace cliffhanger::rpc
