#pragma once
// API keys: 256 random bits that a creator's program calls with. Only their digest is kept. Whose keys are
// whose matter, and what an account must be to have some: decision 0057.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "services/accounts/domain/account.h"

namespace cliffhanger::accounts {

inline constexpr char kApiKeyPrefix[] = "chk_";
inline constexpr std::size_t kShownOfApiKey = 8;  // characters of it that lists show
inline constexpr int kMaxApiKeys = 20;            // live ones of one account
inline constexpr int kListedApiKeys = 100;
inline constexpr int kApiKeyDays = 90;  // where nothing else is asked for
inline constexpr auto kApiKeyTokenLife = std::chrono::seconds(60);
inline constexpr auto kApiKeyUseStep = std::chrono::minutes(1);   // how exactly the last use is known
inline constexpr auto kEndedApiKeysKept = std::chrono::days(90);  // for their owners to see

using ApiKeyId = Id<struct ApiKeyTag>;

struct ApiKey {
  ApiKeyId id;
  UserId user;
  std::string name, prefix;
  std::string digest;           // SHA-256, 32 bytes
  unsigned scopes = 0;          // libs/rpc/key_scopes.h
  int requests_per_second = 0;  // 0: the general limit
  Time created{}, expires{};
  std::optional<Time> last_used, revoked;
  bool made_by_operator = false, revoked_by_operator = false;
};

// A key with the account whose it is.
struct ApiKeyOfAccount {
  Tenant tenant;
  ApiKey key;
  Account account;
};

// Keys within one transaction, but for find() those of one tenant.
class ApiKeys {
 public:
  virtual ~ApiKeys() = default;
  virtual Result<void> add(const ApiKey& key) = 0;
  // That could be used now.
  virtual Result<int> live(const UserId& user, Time now) = 0;
  // Newest first, at most kListedApiKeys.
  virtual Result<std::vector<ApiKey>> list(const UserId& user) = 0;
  // Locked until the transaction ends.
  virtual Result<std::optional<ApiKey>> lock(const ApiKeyId& id) = 0;
  virtual Result<void> revoke(const ApiKeyId& id, Time now, bool by_operator) = 0;
  // Whosever it is, of any tenant.
  virtual Result<std::optional<ApiKeyOfAccount>> find(const std::string& digest) = 0;
};

// Fails (unauthenticated) with API_KEY_REVOKED or API_KEY_EXPIRED.
Result<void> check_live(const ApiKey& key, Time now);

// Whether `caller` may see, make and end the keys of `owner`, an account of the caller's tenant: they
// themselves, and operators.
bool may_manage_keys(const Caller& caller, const UserId& owner);

// Whether keys may be made for the account, as it is in the database now and not in anybody's token. Fails
// with NOT_A_CREATOR: what a key does is what creators do.
Result<void> check_may_have_keys(const Account& owner);

// What a key's owner may through it: at most what a creator may.
Role role_through_key(const Account& owner);

}  // namespace cliffhanger::accounts
