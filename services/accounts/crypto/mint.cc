#include "services/accounts/crypto/mint.h"

#include "libs/core/encoding.h"
#include "libs/digest/sha256.h"
#include "libs/rpc/jws.h"
#include "services/accounts/domain/api_key.h"
#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {

std::string TokenMint::fresh_token() {
  return base64url_encode(random_.bytes(kSecretBytes));
}

std::string TokenMint::fresh_salt() {
  return random_.bytes(kSecretBytes);
}

std::string TokenMint::successor(const std::string& salt, const std::string& token) const {
  return base64url_encode(rpc::jws::hmac_sha256(salt, token));
}

std::string TokenMint::digest(const std::string& token) const {
  return sha256(token);
}

std::string TokenMint::access_token(const Tenant& tenant, const Account& account, const SessionId& session,
                                    Time now) const {
  return signer_.sign({tenant, account.id, account.role, account.guest, session.text()}, now,
                      kAccessTokenLife);
}

std::string TokenMint::key_token(const Tenant& tenant, const Account& account, const std::string& session,
                                 Time now) const {
  return signer_.sign({tenant, account.id, account.role, account.guest, session}, now, kApiKeyTokenLife);
}

}  // namespace cliffhanger::accounts
