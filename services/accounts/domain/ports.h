#pragma once
// What the use cases need of the world. store/ implements the first three over one transaction and one
// tenant, crypto/ the others.
#include <optional>
#include <string>

#include "services/accounts/domain/account.h"
#include "services/accounts/domain/session.h"

namespace cliffhanger::accounts {

class People {
 public:
  virtual ~People() = default;
  virtual Result<std::optional<Account>> find(const UserId& id) = 0;
  virtual Result<std::optional<Account>> find_by_email(const std::string& email) = 0;
  // As find(), and nobody else changes the account until the transaction ends.
  virtual Result<std::optional<Account>> lock(const UserId& id) = 0;
  virtual Result<void> add(const Account& account) = 0;
  // Writes everything but id and creation, with `account.version` counted up by the caller; the account is
  // locked.
  virtual Result<void> change(const Account& account) = 0;
  // Gives the address to `id`; false if somebody of the tenant has it.
  virtual Result<bool> claim_email(const std::string& email, const UserId& id) = 0;
  virtual Result<bool> has_operator() = 0;
};

class Sessions {
 public:
  virtual ~Sessions() = default;
  // Adds it, and ends the user's oldest live ones beyond kMaxSessions.
  virtual Result<void> open(const Session& session, Time now) = 0;
  virtual Result<void> add_token(const std::string& digest, const SessionId& session, Time expires) = 0;
  // With its session, both locked until the transaction ends.
  virtual Result<std::optional<RefreshToken>> lock_token(const std::string& digest) = 0;
  // Marks it used and remembers what its successor is made of.
  virtual Result<void> use_token(const std::string& digest, Time now, const std::string& salt,
                                 const std::string& successor_digest) = 0;
  virtual Result<void> extend(const SessionId& session, Time expires) = 0;
  virtual Result<void> end(const SessionId& session, Time now) = 0;
  virtual Result<void> end_all(const UserId& user, Time now) = 0;
};

// Tells the house, in the transaction of the change.
class News {
 public:
  virtual ~News() = default;
  virtual Result<void> created(const Account& account) = 0;
  virtual Result<void> merged(const UserId& guest, const Account& account) = 0;
  // What began in the account's name until `at` ends.
  virtual Result<void> signed_out(const Account& account, Time at) = 0;
};

class Mint {
 public:
  virtual ~Mint() = default;
  // 256 random bits, in base64url: what a refresh token is, and in raw form a salt.
  virtual std::string fresh_token() = 0;
  virtual std::string fresh_salt() = 0;
  // Another token of 256 bits that nobody can know without both salt and token.
  virtual std::string successor(const std::string& salt, const std::string& token) const = 0;
  virtual std::string digest(const std::string& token) const = 0;
  virtual std::string access_token(const Tenant& tenant, const Account& account, const SessionId& session,
                                   Time now) const = 0;
  // Who came with an API key: good for kApiKeyTokenLife, `session` names the key (libs/rpc/key_scopes.h).
  virtual std::string key_token(const Tenant& tenant, const Account& account, const std::string& session,
                                Time now) const = 0;
};

// Slow by intent: never called inside a transaction. Waits for its turn until `call.deadline`, since each run
// takes megabytes.
class Passwords {
 public:
  virtual ~Passwords() = default;
  // Fails with PASSWORD_CHECK_BUSY.
  virtual Result<std::string> hash(const Call& call, const std::string& password) = 0;
  // Whether `password` is the one of `hash`; an empty hash takes the same time and is never right. Fails with
  // PASSWORD_CHECK_BUSY.
  virtual Result<bool> verify(const Call& call, const std::string& hash, const std::string& password) = 0;
};

}  // namespace cliffhanger::accounts
