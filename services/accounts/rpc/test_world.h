#pragma once
// Accounts on a real server: a Unix socket in front, PostgreSQL behind, a clock that tests move.
#include <gtest/gtest.h>

#include <future>
#include <set>

#include "cliffhanger/accounts/v1/accounts_service.pb.h"
#include "cliffhanger/accounts/v1/events.pb.h"
#include "libs/bus/test_outbox.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/client.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/probe.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/accounts/crypto/mint.h"
#include "services/accounts/crypto/passwords.h"
#include "services/accounts/domain/limits.h"
#include "services/accounts/migrations.h"
#include "services/accounts/rpc/accounts_rpc.h"
#include "services/accounts/rpc/privacy_rpc.h"
#include "services/accounts/store/pg_consents.h"
#include "services/accounts/store/pg_erasures.h"
#include "services/accounts/store/pg_store.h"

namespace cliffhanger::accounts {

using namespace std::chrono_literals;
inline constexpr char kPassword[] = "a good long password";

class AccountsWorld : public testing::Test {
 protected:
  AccountsWorld() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "accounts", embedded::accounts_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "accounts", 8}, metrics_);
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
    const std::string address = "unix:" + dir_.path() + "/accounts";
    server_ = std::make_unique<rpc::Server>(rpc::Server::Options{"accounts", {address}, 8, 64},
                                            rpc::Server::Deps{clock_, random_, served_, &verifier_, nullptr});
    server_->add(rpc_->service());
    server_->add(privacy_service(
        {rpc_->deps(),
         [this](sql::Tx& tx, const Call& call) { return std::make_unique<PgErasures>(tx, outbox_, call); },
         [this](const Call&) -> Result<bool> { return published_; },
         [this](const Call&, const std::string& service, const common::v1::ExportPeopleRequest& in) {
           return kept(service, in);
         },
         true}));
    EXPECT_TRUE(server_->start());
    channel_ = std::make_shared<rpc::Channel>(address);
  }
  ~AccountsWorld() override { server_->stop(); }

  // Calls as the edge does: with `token` (an access token), or as anyone of `tenant`.
  template <class Response, class Request>
  Result<Response> call(const Request& request, const std::string& token = "",
                        const std::string& tenant = "default") {
    rpc::Client client({channel_, "edge", nullptr, &clock_, &random_, &called_});
    std::promise<rpc::RawResult> answer;
    rpc::RawCall raw;
    raw.method = rpc::method_taking(Request::descriptor());
    raw.pass = {token.empty() ? "" : "Bearer " + token, tenant, key_};
    raw.deadline = std::chrono::steady_clock::now() + 20s;
    client.call_raw(raw, request, [&](rpc::RawResult result) { answer.set_value(std::move(result)); });
    auto got = answer.get_future().get();
    if (!got) return fail(got.error());
    return static_cast<Response&>(**got);
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

  harness::TempDir dir_;
  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  std::unique_ptr<sql::Pool> pool_;
  bus::Outbox outbox_{clock_, random_};
  rpc::AccessTokenSigner signer_ = *rpc::AccessTokenSigner::make(rpc::generate_access_key());
  rpc::AccessTokenVerifier verifier_ = *rpc::AccessTokenVerifier::make({signer_.public_key()});
  TokenMint mint_{signer_, random_};
  Argon2Passwords passwords_{{64, 1}, 2, random_};
  bool published_ = false;  // whether catalog says that viewers see something of the caller's
  Policy policy_{false, *Tenant::parse("default"), "boss@example.org"};
  rpc::NoServerProbe served_;
  rpc::NoClientProbe called_;
  std::unique_ptr<AccountsRpc> rpc_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<rpc::Channel> channel_;
  std::string key_;  // Idempotency-Key that calls carry
};

}  // namespace cliffhanger::accounts
