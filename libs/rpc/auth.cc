#include "libs/rpc/auth.h"

#include <array>
#include <charconv>

#include "libs/core/encoding.h"
#include "libs/rpc/jws.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::size_t kMinSecretBytes = 32;

Error bad_token() {
  return unauthenticated("TOKEN_INVALID", "The service token is not valid.");
}

std::int64_t seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool good_service_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
}

std::optional<Role> role_of(std::string_view text) {
  for (const Role role : {Role::kAnyone, Role::kViewer, Role::kCreator, Role::kOperator, Role::kService}) {
    if (text == to_text(role)) return role;
  }
  return std::nullopt;
}

// The fields between dots: version, service, tenant, user, role, guest, expiry, signature. None of them can
// hold a dot.
constexpr std::size_t kFields = 8;

std::optional<std::array<std::string_view, kFields>> split(std::string_view token) {
  std::array<std::string_view, kFields> fields;
  for (std::size_t i = 0; i < kFields; ++i) {
    const auto dot = token.find('.');
    if ((dot == token.npos) != (i == kFields - 1)) return std::nullopt;
    fields[i] = token.substr(0, dot);
    if (dot != token.npos) token.remove_prefix(dot + 1);
  }
  return fields;
}

}  // namespace

Result<ServiceTokens> ServiceTokens::make(std::string secret) {
  if (secret.size() < kMinSecretBytes) {
    return fail(invalid("BAD_KEY", "The secret of the service tokens must have at least 32 bytes."));
  }
  return ServiceTokens(std::move(secret));
}

std::string ServiceTokens::sign(const ServiceClaims& claims, Time now) const {
  std::string text(kVersion);
  text += '.' + claims.service;
  text += '.' + claims.tenant.text();
  text += '.';
  if (!claims.user.empty()) text += claims.user.text();
  text += '.' + std::string(to_text(claims.role));
  text += claims.guest ? ".1" : ".0";
  text += '.' + std::to_string(seconds(now + kServiceTokenLife));
  return text + '.' + base64url_encode(jws::hmac_sha256(secret_, text));
}

Result<ServiceClaims> ServiceTokens::verify(std::string_view token, Time now) const {
  if (token.size() > kMaxTokenBytes) return fail(bad_token());
  const auto fields = split(token);
  if (!fields) return fail(bad_token());
  const auto& [version, service, tenant, user, role, guest, expiry, signature] = *fields;
  const auto signed_text = token.substr(0, token.size() - signature.size() - 1);
  if (!equal_constant_time(base64url_encode(jws::hmac_sha256(secret_, signed_text)), signature))
    return fail(bad_token());

  ServiceClaims claims;
  std::int64_t ends = 0;
  const auto parsed = std::from_chars(expiry.data(), expiry.data() + expiry.size(), ends);
  const auto known_role = role_of(role);
  if (version != kVersion || !good_service_name(service) || !known_role || parsed.ec != std::errc() ||
      ends > seconds(now + kServiceTokenLife + kClockSkew)) {
    return fail(bad_token());
  }
  if (ends + kClockSkew.count() <= seconds(now)) {
    return fail(unauthenticated("TOKEN_EXPIRED", "The service token has expired."));
  }
  claims.service = service;
  claims.role = *known_role;
  claims.guest = guest == "1";
  if (!tenant.empty()) {
    CH_ASSIGN(claims.tenant, Tenant::parse(tenant));
  }
  if (!user.empty()) {
    CH_ASSIGN(claims.user, UserId::parse(user));
  }
  return claims;
}

Result<Caller> authenticate(const Credentials& credentials, const AccessTokenVerifier* access,
                            const ServiceTokens* services, Time now) {
  if (!credentials.service_token.empty()) {
    if (services == nullptr) return fail(bad_token());
    CH_ASSIGN(auto claims, services->verify(credentials.service_token, now));
    return Caller{claims.tenant, Role::kService, claims.user, claims.service, claims.guest};
  }
  if (!credentials.authorization.empty()) {
    constexpr std::string_view kScheme = "Bearer ";
    if (access == nullptr || !credentials.authorization.starts_with(kScheme)) {
      return fail(
          unauthenticated("TOKEN_INVALID", "The authorization must be 'Bearer' and an access token."));
    }
    CH_ASSIGN(auto claims,
              access->verify(std::string_view(credentials.authorization).substr(kScheme.size()), now));
    return Caller{claims.tenant, claims.role, claims.user, "", claims.guest};
  }
  Caller caller;
  if (!credentials.tenant.empty()) {
    CH_ASSIGN(caller.tenant, Tenant::parse(credentials.tenant));
  }
  return caller;
}

}  // namespace cliffhanger::rpc
