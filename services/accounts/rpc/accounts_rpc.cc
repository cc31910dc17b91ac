#include "services/accounts/rpc/accounts_rpc.h"

#include "cliffhanger/accounts/v1/accounts_service.pb.h"

namespace cliffhanger::accounts {
namespace {

v1::Role to_proto(Role role) {
  switch (role) {
    case Role::kOperator:
      return v1::ROLE_OPERATOR;
    case Role::kCreator:
      return v1::ROLE_CREATOR;
    default:
      return v1::ROLE_VIEWER;
  }
}

Result<Role> from_proto(v1::Role role) {
  if (role == v1::ROLE_VIEWER) return Role::kViewer;
  if (role == v1::ROLE_CREATOR) return Role::kCreator;
  if (role == v1::ROLE_OPERATOR) return Role::kOperator;
  return fail(invalid("INVALID_REQUEST", "There is no such role.", {{"role", "is not one of the roles"}}));
}

void fill(v1::Account* out, const Account& account) {
  out->set_user_id(account.id.text());
  out->set_email(account.email);
  out->set_display_name(account.display_name);
  out->set_role(to_proto(account.role));
  out->set_guest(account.guest);
  set_time(out->mutable_create_time(), account.created);
}

void fill(v1::Tokens* out, const Tokens& tokens) {
  out->set_access_token(tokens.access);
  set_time(out->mutable_access_expire_time(), tokens.access_expires);
  out->set_refresh_token(tokens.refresh);
  set_time(out->mutable_refresh_expire_time(), tokens.refresh_expires);
}

template <class Response>
Response with_tokens(const SignedIn& in) {
  Response out;
  fill(out.mutable_account(), in.account);
  fill(out.mutable_tokens(), in.tokens);
  return out;
}

template <class Response>
Response with_account(const Account& in) {
  Response out;
  fill(out.mutable_account(), in);
  return out;
}

}  // namespace

template <class Work>
auto AccountsRpc::within(const Call& call, Work work) {
  return d_.pool.transact([&](sql::Tx& tx) {
    const Unit unit = d_.unit(tx, call);
    Accounts accounts(
        {*unit.people, *unit.sessions, *unit.consents, *unit.news, d_.mint, d_.clock, d_.random, d_.policy},
        call.caller);
    return work(accounts);
  });
}

Result<SignedIn> AccountsRpc::sign_up(const Call& call, std::string email, const std::string& password,
                                      std::string name, bool creator) {
  email = normal_email(email);
  CH_TRY(check_password(password, email));
  CH_ASSIGN(const std::string hash, d_.passwords.hash(call, password));
  const NewAccount wanted{std::move(email), hash, std::move(name), creator};
  return within(call, [&](Accounts& accounts) { return accounts.sign_up(wanted); });
}

// Looks up, checks without a transaction, and signs in: an unknown address takes as long as a wrong password.
Result<SignedIn> AccountsRpc::sign_in(const Call& call, const std::string& email,
                                      const std::string& password) {
  CH_ASSIGN(const auto account, d_.pool.transact([&](sql::Tx& tx) {
    return d_.unit(tx, call).people->find_by_email(normal_email(email));
  }));
  CH_ASSIGN(const bool right, d_.passwords.verify(call, account ? account->password_hash : "", password));
  if (!right) return fail(unauthenticated("WRONG_CREDENTIALS", "E-mail address or password is wrong."));
  std::string new_hash;
  if (d_.outdated(account->password_hash)) {
    CH_ASSIGN(new_hash, d_.passwords.hash(call, password));
  }
  return within(call, [&](Accounts& accounts) { return accounts.sign_in(*account, new_hash); });
}

Result<Tokens> AccountsRpc::refresh(const Call& call, const std::string& token) {
  CH_ASSIGN(auto done, within(call, [&](Accounts& accounts) { return accounts.refresh(token); }));
  if (!done.tokens) return fail(std::move(done.refusal));
  return std::move(*done.tokens);
}

rpc::Service AccountsRpc::service() {
  rpc::Service service("cliffhanger.accounts.v1.AccountsService");
  service
      .on([this](const Call& call, const v1::CreateGuestRequest& in) -> Result<v1::CreateGuestResponse> {
        return within(call, [&](Accounts& accounts) { return accounts.create_guest(in.language()); })
            .map(with_tokens<v1::CreateGuestResponse>);
      })
      .on([this](const Call& call, const v1::SignUpRequest& in) -> Result<v1::SignUpResponse> {
        return sign_up(call, in.email(), in.password(), in.display_name(), in.creator())
            .map(with_tokens<v1::SignUpResponse>);
      })
      .on([this](const Call& call, const v1::SignInRequest& in) -> Result<v1::SignInResponse> {
        return sign_in(call, in.email(), in.password()).map(with_tokens<v1::SignInResponse>);
      })
      .on([this](const Call& call, const v1::RefreshTokensRequest& in) -> Result<v1::RefreshTokensResponse> {
        return refresh(call, in.refresh_token()).map([](const Tokens& tokens) {
          v1::RefreshTokensResponse out;
          fill(out.mutable_tokens(), tokens);
          return out;
        });
      })
      .on([this](const Call& call, const v1::SignOutRequest& in) -> Result<v1::SignOutResponse> {
        return within(call, [&](Accounts& accounts) { return accounts.sign_out(in.refresh_token()); })
            .map([] { return v1::SignOutResponse(); });
      })
      .on([this](const Call& call,
                 const v1::SignOutEverywhereRequest& in) -> Result<v1::SignOutEverywhereResponse> {
        std::optional<UserId> user;
        if (!in.user_id().empty()) {
          CH_ASSIGN(user, UserId::parse(in.user_id()));
        }
        return within(call, [&](Accounts& accounts) { return accounts.sign_out_everywhere(user); }).map([] {
          return v1::SignOutEverywhereResponse();
        });
      })
      .on([this](const Call& call, const v1::GetMeRequest&) -> Result<v1::GetMeResponse> {
        return within(call, [&](Accounts& accounts) { return accounts.get(call.caller.user); })
            .map(with_account<v1::GetMeResponse>);
      })
      .on([this](const Call& call, const v1::BecomeCreatorRequest&) -> Result<v1::BecomeCreatorResponse> {
        return within(call, [](Accounts& accounts) { return accounts.become_creator(); })
            .map(with_tokens<v1::BecomeCreatorResponse>);
      })
      .on([this](const Call& call, const v1::SetRoleRequest& in) -> Result<v1::SetRoleResponse> {
        CH_ASSIGN(const auto user, UserId::parse(in.user_id()));
        CH_ASSIGN(const auto role, from_proto(in.role()));
        return within(call, [&](Accounts& accounts) { return accounts.set_role(user, role); })
            .map(with_account<v1::SetRoleResponse>);
      });
  return service;
}

}  // namespace cliffhanger::accounts
