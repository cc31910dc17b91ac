#include "services/accounts/domain/accounts.h"

#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {
namespace {

Error no_account() {
  return not_found("ACCOUNT_NOT_FOUND", "There is no such account.");
}

Refreshed refused(std::string reason, std::string message) {
  return {std::nullopt, unauthenticated(std::move(reason), std::move(message))};
}

}  // namespace

Result<SignedIn> Accounts::create_guest(const std::string& language) {
  const Time now = d_.clock.now();
  Account account;
  account.id = UserId::make(now, d_.random);
  account.language = language;
  account.created = now;
  CH_TRY(d_.people.add(account));
  CH_TRY(d_.news.created(account));
  return signed_in(std::move(account));
}

// The guest in whose name the call comes, if it still is one.
Result<std::optional<Account>> Accounts::calling_guest() {
  if (!caller_.guest || caller_.user.empty()) return std::optional<Account>();
  CH_ASSIGN(auto found, d_.people.lock(caller_.user));
  if (found && (!found->guest || !found->merged_into.empty())) found.reset();
  return found;
}

Result<SignedIn> Accounts::sign_up(const NewAccount& wanted) {
  CH_ASSIGN(auto guest, calling_guest());
  const UserId id = guest ? guest->id : UserId::make(d_.clock.now(), d_.random);
  CH_ASSIGN(const bool free, d_.people.claim_email(wanted.email, id));
  if (!free) return fail(conflict("EMAIL_TAKEN", "There is an account with this e-mail address."));
  CH_ASSIGN(const bool has_operator, d_.people.has_operator());
  CH_ASSIGN(const Role role,
            role_at_sign_up(d_.policy, caller_.tenant, wanted.email, wanted.creator, !has_operator));
  Account account;
  if (guest) {
    CH_ASSIGN(account, grown_up(std::move(*guest), wanted, role));
  } else {
    account = {id,
               wanted.email,
               wanted.password_hash,
               wanted.display_name,
               "",
               role,
               false,
               d_.clock.now(),
               UserId(),
               1};
    CH_TRY(d_.people.add(account));
  }
  CH_TRY(d_.news.created(account));
  return signed_in(std::move(account));
}

// The same user, now with an address. Whoever held a token of the guest must not hold one of the account.
Result<Account> Accounts::grown_up(Account guest, const NewAccount& wanted, Role role) {
  guest.email = wanted.email;
  guest.password_hash = wanted.password_hash;
  guest.display_name = wanted.display_name;
  guest.role = role;
  guest.guest = false;
  ++guest.version;
  CH_TRY(d_.people.change(guest));
  CH_TRY(d_.sessions.end_all(guest.id, d_.clock.now()));
  return guest;
}

Result<SignedIn> Accounts::sign_in(const Account& verified, const std::string& new_hash) {
  CH_ASSIGN(auto account, existing(verified.id));
  if (account.password_hash != verified.password_hash) {
    return fail(unauthenticated("WRONG_CREDENTIALS", "E-mail address or password is wrong."));
  }
  if (!new_hash.empty()) {
    account.password_hash = new_hash;
    ++account.version;
    CH_TRY(d_.people.change(account));
  }
  CH_TRY(merge_guest(account));
  return signed_in(std::move(account));
}

Result<void> Accounts::merge_guest(const Account& account) {
  CH_ASSIGN(auto guest, calling_guest());
  if (!guest || guest->id == account.id) return {};
  guest->merged_into = account.id;
  ++guest->version;
  CH_TRY(d_.people.change(*guest));
  CH_TRY(d_.sessions.end_all(guest->id, d_.clock.now()));
  CH_ASSIGN(const auto own, d_.consents.latest(account.id));
  CH_ASSIGN(const auto theirs, d_.consents.latest(guest->id));
  const auto more = taken_over(own, theirs);
  if (!more.empty()) CH_TRY(d_.consents.decide(account.id, more, d_.clock.now()));
  return d_.news.merged(guest->id, account);
}

Result<SignedIn> Accounts::signed_in(Account account) {
  const Time now = d_.clock.now(), expires = now + kRefreshTokenLife;
  const Session session{SessionId::make(now, d_.random), account.id, now, expires};
  const std::string refresh = d_.mint.fresh_token();
  CH_TRY(d_.sessions.open(session, now));
  CH_TRY(d_.sessions.add_token(d_.mint.digest(refresh), session.id, expires));
  Tokens made = tokens(account, session.id, refresh, expires);
  return SignedIn{std::move(account), std::move(made)};
}

Tokens Accounts::tokens(const Account& account, const SessionId& session, std::string refresh,
                        Time refresh_expires) const {
  const Time now = d_.clock.now();
  return {d_.mint.access_token(caller_.tenant, account, session, now), now + kAccessTokenLife,
          std::move(refresh), refresh_expires};
}

Result<Refreshed> Accounts::refresh(const std::string& token) {
  const auto invalid_token = [] {
    return refused("REFRESH_TOKEN_INVALID", "The refresh token is not valid; sign in again.");
  };
  if (token.size() > kMaxRefreshTokenChars) return invalid_token();
  CH_ASSIGN(const auto found, d_.sessions.lock_token(d_.mint.digest(token)));
  if (!found) return invalid_token();
  const Verdict verdict = judge(*found, d_.clock.now());
  if (verdict == Verdict::kInvalid) return invalid_token();
  if (verdict == Verdict::kReused) {
    CH_TRY(d_.sessions.end(found->session, d_.clock.now()));
    return refused("REFRESH_TOKEN_REUSED",
                   "The refresh token was used before, so the session has ended; sign in again.");
  }
  CH_ASSIGN(const auto account, d_.people.find(found->user));
  if (!account || !account->merged_into.empty()) return invalid_token();
  if (verdict == Verdict::kRepeat) {
    return Refreshed{tokens(*account, found->session, d_.mint.successor(found->salt, token),
                            *found->used + kRefreshTokenLife),
                     {}};
  }
  return rotate(*found, token, *account);
}

Result<Refreshed> Accounts::rotate(const RefreshToken& token, const std::string& text,
                                   const Account& account) {
  const Time now = d_.clock.now(), expires = now + kRefreshTokenLife;
  const std::string salt = d_.mint.fresh_salt(), next = d_.mint.successor(salt, text),
                    digest = d_.mint.digest(next);
  CH_TRY(d_.sessions.add_token(digest, token.session, expires));
  CH_TRY(d_.sessions.use_token(token.digest, now, salt, digest));
  CH_TRY(d_.sessions.extend(token.session, expires));
  return Refreshed{tokens(account, token.session, next, expires), {}};
}

Result<void> Accounts::sign_out(const std::string& token) {
  if (token.size() > kMaxRefreshTokenChars) return {};
  CH_ASSIGN(const auto found, d_.sessions.lock_token(d_.mint.digest(token)));
  if (!found || found->session_ended) return {};
  return d_.sessions.end(found->session, d_.clock.now());
}

Result<void> Accounts::sign_out_everywhere(const std::optional<UserId>& user) {
  const UserId whose = user.value_or(caller_.user);
  if (whose != caller_.user && !caller_.at_least(Role::kOperator))
    return fail(denied("ROLE_TOO_LOW", "Only operators sign others out."));
  CH_ASSIGN(auto account, existing(whose));
  const Time now = d_.clock.now();
  ++account.version;
  CH_TRY(d_.people.change(account));
  CH_TRY(d_.sessions.end_all(account.id, now));
  return d_.news.signed_out(account, now);
}

Result<void> Accounts::decide(const std::vector<Decision>& decisions) {
  CH_ASSIGN(const auto account, existing(caller_.user));
  CH_ASSIGN(const auto known, d_.consents.latest(account.id));
  CH_ASSIGN(const auto news, news_of(known, decisions));
  return news.empty() ? Result<void>() : d_.consents.decide(account.id, news, d_.clock.now());
}

Result<Account> Accounts::get(const UserId& id) {
  CH_ASSIGN(auto found, d_.people.find(id));
  if (!found || !found->merged_into.empty()) return fail(no_account());
  return std::move(*found);
}

// Locked, for a change.
Result<Account> Accounts::existing(const UserId& id) {
  CH_ASSIGN(auto found, d_.people.lock(id));
  if (!found || !found->merged_into.empty()) return fail(no_account());
  return std::move(*found);
}

Result<SignedIn> Accounts::become_creator() {
  CH_ASSIGN(auto account, existing(caller_.user));
  const Role before = account.role;
  CH_TRY(accounts::become_creator(account, d_.policy));
  if (account.role != before) {
    ++account.version;
    CH_TRY(d_.people.change(account));
  }
  return signed_in(std::move(account));
}

Result<Account> Accounts::set_role(const UserId& id, Role role) {
  CH_ASSIGN(auto account, existing(id));
  const Role before = account.role;
  CH_TRY(accounts::set_role(account, role, caller_.user));
  if (account.role != before) {
    ++account.version;
    CH_TRY(d_.people.change(account));
  }
  return account;
}

}  // namespace cliffhanger::accounts
