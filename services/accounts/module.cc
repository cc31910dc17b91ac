#include "services/accounts/module.h"

#include <map>
#include <stdexcept>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "libs/host/host.h"
#include "services/accounts/config.h"
#include "services/accounts/crypto/mint.h"
#include "services/accounts/crypto/passwords.h"
#include "services/accounts/domain/limits.h"
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
namespace {

template <class T>
T or_throw(Result<T> made, const char* setting) {
  if (!made) throw std::runtime_error(std::string(setting) + ": " + made.error().message);
  return std::move(*made);
}

Policy policy_of(const Config& config) {
  return {config.creators_by_invitation,
          or_throw(Tenant::parse(config.operator_tenant), "CLIFFHANGER_ACCOUNTS_OPERATOR_TENANT"),
          normal_email(config.operator_email)};
}

// Whether viewers see a series of the call's user.
Result<bool> has_published(const rpc::Client& catalog, const Call& call) {
  cliffhanger::catalog::v1::ListSeriesRequest ask;
  ask.set_mine(true);
  ask.set_page_size(100);
  do {
    CH_ASSIGN(const auto page, catalog.call<cliffhanger::catalog::v1::ListSeriesResponse>(call, ask));
    for (const auto& series : page.series())
      if (series.published_episodes() > 0) return true;
    ask.set_page_token(page.next_page_token());
  } while (!ask.page_token().empty());
  return false;
}

class AccountsModule final : public host::ServiceModule {
 public:
  AccountsModule(const Config& config, host::Host& host)
      : ServiceModule(host, "accounts"),
        policy_(policy_of(config)),
        mint_(or_throw(rpc::AccessTokenSigner::make(host.config().access_key),
                       "CLIFFHANGER_ACCESS_TOKEN_KEY_FILE"),
              host.random()),
        passwords_({static_cast<std::uint32_t>(config.hash_memory_kib),
                    static_cast<std::uint32_t>(config.hash_passes)},
                   static_cast<int>(config.hashes_at_once), host.random()),
        rpc_({pool(), [this](sql::Tx& tx, const Call& call) { return unit(tx, call); }, mint_, passwords_,
              [this](const std::string& hash) { return passwords_.outdated(hash); }, host.clock(),
              host.random(), policy_}) {
    for (const char* service : kKeepers) keepers_.emplace(service, client_of(service));
    serve(rpc_.service());
    serve(privacy_service(
        {rpc_.deps(),
         [this](sql::Tx& tx, const Call& call) { return std::make_unique<PgErasures>(tx, outbox(), call); },
         [catalog = client_of("catalog")](const Call& call) { return has_published(catalog, call); },
         [this](const Call& call, const std::string& service, const common::v1::ExportPeopleRequest& in) {
           return keepers_.at(service).call<common::v1::ExportPeopleResponse>(call, in);
         },
         host.config().consent_default}));
    serve(minors_service({rpc_.deps(), [this](sql::Tx& tx, const Call& call) {
                            return std::make_unique<PgMinorsModes>(tx, outbox(), call);
                          }}));
    serve(api_keys_service(
        {rpc_.deps(),
         [](sql::Tx& tx, const Call& call) { return std::make_unique<PgApiKeys>(tx, call.caller.tenant); },
         key_uses_, host.logger("accounts")}));
    add_loop("key uses", kKeyUsesEvery, [this]() -> Result<bool> {
      CH_TRY(write_uses());
      return false;
    });
    add_loop("erasures", kErasuresEvery, [this] {
      return pool().transact(
          [this](sql::Tx& tx) { return look_after_erasures(tx, outbox(), this->host().clock().now()); });
    });
    add_loop("sweep", kSweepEvery, [this] {
      return pool().transact([this](sql::Tx& tx) -> Result<bool> {
        const Time now = this->host().clock().now();
        CH_ASSIGN(const bool sessions, sweep(tx, now));
        CH_ASSIGN(const bool keys, sweep_api_keys(tx, now));
        return sessions || keys;
      });
    });
  }

  // Who was served last is noted too.
  void drain(std::chrono::milliseconds limit) override {
    ServiceModule::drain(limit);
    if (!write_uses()) host().logger("accounts").warn("the last uses of API keys are not noted");
  }

 private:
  Result<void> write_uses() {
    const auto uses = key_uses_.take();
    if (uses.empty()) return {};
    const auto written = pool().transact([&](sql::Tx& tx) { return write_key_uses(tx, uses); });
    if (!written) key_uses_.put_back(uses);
    return written;
  }

  Unit unit(sql::Tx& tx, const Call& call) {
    return {std::make_unique<PgPeople>(tx, call.caller.tenant),
            std::make_unique<PgSessions>(tx, call.caller.tenant),
            std::make_unique<PgConsents>(tx, outbox(), call),
            std::make_unique<OutboxNews>(tx, outbox(), call)};
  }

  const Policy policy_;
  TokenMint mint_;
  Argon2Passwords passwords_;
  AccountsRpc rpc_;
  KeyUses key_uses_;
  std::map<std::string, rpc::Client> keepers_;
};

}  // namespace

std::unique_ptr<host::Module> make_accounts(config::Settings& settings, host::Host& host) {
  return std::make_unique<AccountsModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::accounts
