#pragma once
// Signing up, signing in and who is who: the use cases, each within one transaction that the caller opens.
#include <optional>
#include <string>

#include "libs/core/random.h"
#include "services/accounts/domain/consent.h"
#include "services/accounts/domain/ports.h"

namespace cliffhanger::accounts {

struct Tokens {
  std::string access;
  Time access_expires;
  std::string refresh;
  Time refresh_expires;
};

struct SignedIn {
  Account account;
  Tokens tokens;
};

struct NewAccount {
  std::string email, password_hash, display_name;
  bool creator = false;
};

// The end of a session must be committed although the caller is refused, so that is no Error: `tokens` is
// empty and `refusal` says why.
struct Refreshed {
  std::optional<Tokens> tokens;
  Error refusal;
};

class Accounts {
 public:
  // All outlive it. Cheap to make: one for each request.
  struct Deps {
    People& people;
    Sessions& sessions;
    Consents& consents;
    News& news;
    Mint& mint;
    const Clock& clock;
    Random& random;
    const Policy& policy;
  };
  Accounts(Deps deps, const Caller& caller) : d_(deps), caller_(caller) {}

  Result<SignedIn> create_guest(const std::string& language);
  // A guest who calls becomes the account; its other sessions end. The password was checked and hashed. Fails
  // with EMAIL_TAKEN, CREATORS_BY_INVITATION.
  Result<SignedIn> sign_up(const NewAccount& wanted);
  // The account whose password was found right. A guest who calls is merged into it, once, and its consents
  // are taken over where the account has none. `new_hash`, if not empty, replaces the hash. Fails with
  // WRONG_CREDENTIALS if the account changed its password meanwhile.
  Result<SignedIn> sign_in(const Account& verified, const std::string& new_hash);
  Result<Refreshed> refresh(const std::string& token);
  Result<void> sign_out(const std::string& token);
  // All sessions of `user`, the caller's if absent. Fails with ROLE_TOO_LOW for others than operators, and
  // with ACCOUNT_NOT_FOUND.
  Result<void> sign_out_everywhere(const std::optional<UserId>& user);
  // Decides about the caller's data. Again: changes nothing. Fails with CONSENT_TWICE and ACCOUNT_NOT_FOUND.
  Result<void> decide(const std::vector<Decision>& decisions);
  // Fail with ACCOUNT_NOT_FOUND.
  Result<Account> get(const UserId& id);
  Result<SignedIn> become_creator();
  Result<Account> set_role(const UserId& id, Role role);

 private:
  Result<Account> existing(const UserId& id);
  Result<std::optional<Account>> calling_guest();
  Result<Account> grown_up(Account guest, const NewAccount& wanted, Role role);
  Result<void> merge_guest(const Account& account);
  Result<SignedIn> signed_in(Account account);
  Tokens tokens(const Account& account, const SessionId& session, std::string refresh,
                Time refresh_expires) const;
  Result<Refreshed> rotate(const RefreshToken& token, const std::string& text, const Account& account);

  Deps d_;
  const Caller& caller_;
};

}  // namespace cliffhanger::accounts
