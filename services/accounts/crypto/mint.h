#pragma once
#include "libs/core/random.h"
#include "libs/rpc/auth.h"
#include "services/accounts/domain/ports.h"

namespace cliffhanger::accounts {

// Access tokens by Ed25519, refresh tokens of random bits. Safe from many threads.
class TokenMint final : public Mint {
 public:
  TokenMint(rpc::AccessTokenSigner signer, Random& random) : signer_(std::move(signer)), random_(random) {}
  std::string fresh_token() override;
  std::string fresh_salt() override;
  std::string successor(const std::string& salt,
                        const std::string& token) const override;  // HMAC-SHA256(salt, token)
  std::string digest(const std::string& token) const override;     // SHA-256
  std::string access_token(const Tenant& tenant, const Account& account, const SessionId& session,
                           Time now) const override;
  std::string key_token(const Tenant& tenant, const Account& account, const std::string& session,
                        Time now) const override;

 private:
  const rpc::AccessTokenSigner signer_;
  Random& random_;
};

}  // namespace cliffhanger::accounts
