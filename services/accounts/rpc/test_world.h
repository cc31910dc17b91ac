#pragma once
// Accounts on a real server: a Unix socket in front, PostgreSQL behind, a clock that tests move.
#include <gtest/gtest.h>

#include <set>

#include "cliffhanger/accounts/v1/accounts_service.pb.h"
#include "cliffhanger/accounts/v1/events.pb.h"
#include "libs/bus/test_outbox.h"
#include "libs/rpc/test_service.h"
#include "services/accounts/crypto/mint.h"
#include "services/accounts/crypto/passwords.h"
#include "services/accounts/domain/limits.h"
#include "services/accounts/migrations.h"
#include "services/accounts/rpc/accounts_rpc.h"
#include "services/accounts/rpc/api_keys_rpc.h"
#include "services/accounts/rpc/minors_rpc.h"
#include "services/accounts/rpc/privacy_rpc.h"
#include "services/accounts/store/pg_api_keys.h"
#include "services/accounts/store/pg_consents.h"
#include "services/accounts/store/pg_erasures.h"
#include "services/accounts/store/pg_minors.h"
#include "services/accounts/store/pg_store.h"

namespace cliffhanger::accounts {

using namespace std::chrono_literals;
inline constexpr char kPassword[] = "a good long password";

class AccountsWorld : public rpc::ServiceTest {
 protected:
  AccountsWorld() : ServiceTest("accounts", embedded::accounts_migrations) {
    rpc_ = std::make_unique<AccountsRpc>(AccountsRpc::Deps{
        *pool_,
        [this](sql::Tx& tx, const Call& call) {
          return Unit{std::make_unique<PgPeople>(tx, call.caller.tenant),
                      std::make_unique<PgSessions>(tx, call.caller.tenant),
                      std::make_unique<PgConsents>(tx, outbox_, call),
                      std::make_unique<OutboxNews>(tx, outbox_, call)};
        },
        mint_, passwords_, [this](const std::string& hash) { return passwords_.outdated(hash); }, clock_,
        random_, policy_});
    serve(rpc_->service(),
          privacy_service({rpc_->deps(),
                           [this](sql::Tx& tx, const Call& call) {
                             return std::make_unique<PgErasures>(tx, outbox_, call);
                           },
                           [this](const Call&) -> Result<bool> { return published_; },
                           [this](const Call&, const std::string& service,
                                  const common::v1::ExportPeopleRequest& in) { return kept(service, in); },
                           true}),
          minors_service({rpc_->deps(),
                          [this](sql::Tx& tx, const Call& call) {
                            return std::make_unique<PgMinorsModes>(tx, outbox_, call);
                          }}),
          api_keys_service({rpc_->deps(),
                            [](sql::Tx& tx, const Call& call) {
                              return std::make_unique<PgApiKeys>(tx, call.caller.tenant);
                            },
                            key_uses_, log_}));
  }
  ~AccountsWorld() override { stop(); }

  // Calls as the edge does: with `token` (an access token), or as anyone of `tenant`.
  template <class Response, class Request>
  Result<Response> call(const Request& request, const std::string& token = "",
                        const std::string& tenant = "default") {
    return call_with<Response>({token.empty() ? "" : "Bearer " + token, tenant, key_}, request);
  }

  Result<v1::CreateGuestResponse> guest(const std::string& tenant = "default") {
    v1::CreateGuestRequest in;
    in.set_language("pt-BR");
    return call<v1::CreateGuestResponse>(in, "", tenant);
  }
  Result<v1::SignUpResponse> sign_up(const std::string& email, const std::string& token = "",
                                     const std::string& tenant = "default", bool creator = false,
                                     const std::string& password = kPassword) {
    v1::SignUpRequest in;
    in.set_email(email);
    in.set_password(password);
    in.set_display_name("Ada");
    in.set_creator(creator);
    return call<v1::SignUpResponse>(in, token, tenant);
  }
  Result<v1::SignInResponse> sign_in(const std::string& email, const std::string& password = kPassword,
                                     const std::string& token = "", const std::string& tenant = "default") {
    v1::SignInRequest in;
    in.set_email(email);
    in.set_password(password);
    return call<v1::SignInResponse>(in, token, tenant);
  }
  Result<v1::RefreshTokensResponse> refresh(const std::string& token, const std::string& tenant = "default") {
    v1::RefreshTokensRequest in;
    in.set_refresh_token(token);
    return call<v1::RefreshTokensResponse>(in, "", tenant);
  }
  Result<v1::SetRoleResponse> set_role(const std::string& user, v1::Role role, const std::string& token) {
    v1::SetRoleRequest in;
    in.set_user_id(user);
    in.set_role(role);
    return call<v1::SetRoleResponse>(in, token);
  }
  Result<v1::GetMeResponse> me(const std::string& token) {
    return call<v1::GetMeResponse>(v1::GetMeRequest(), token);
  }

  // What a service answers to an export.
  virtual Result<common::v1::ExportPeopleResponse> kept(const std::string&,
                                                        const common::v1::ExportPeopleRequest&) {
    return common::v1::ExportPeopleResponse();
  }

  static std::string reason(const auto& result) { return result ? "" : result.error().reason; }

  // The events told so far, of one type.
  template <class Event>
  std::vector<Event> events() {
    return bus::outbox_payloads<Event>(*pool_);
  }
  std::int64_t number(const std::string& query) {
    return (*pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); }))[0].number(0);
  }

  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "accounts"};
  KeyUses key_uses_;
  bus::Outbox outbox_{clock_, random_};
  TokenMint mint_{signer_, random_};
  Argon2Passwords passwords_{{64, 1}, 2, random_};
  bool published_ = false;  // whether catalog says that viewers see something of the caller's
  Policy policy_{false, *Tenant::parse("default"), "boss@example.org"};
  std::unique_ptr<AccountsRpc> rpc_;
  std::string key_;  // Idempotency-Key that calls carry
};

}  // namespace cliffhanger::accounts
