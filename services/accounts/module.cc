#include "services/accounts/module.h"

#include <stdexcept>

#include "libs/host/host.h"
#include "services/accounts/config.h"
#include "services/accounts/crypto/mint.h"
#include "services/accounts/crypto/passwords.h"
#include "services/accounts/domain/limits.h"
#include "services/accounts/rpc/accounts_rpc.h"
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
    serve(rpc_.service());
    add_loop("sweep", kSweepEvery, [this] {
      return pool().transact([this](sql::Tx& tx) { return sweep(tx, this->host().clock().now()); });
    });
  }

 private:
  Unit unit(sql::Tx& tx, const Call& call) {
    return {std::make_unique<PgPeople>(tx, call.caller.tenant),
            std::make_unique<PgSessions>(tx, call.caller.tenant),
            std::make_unique<OutboxNews>(tx, outbox(), call)};
  }

  const Policy policy_;
  TokenMint mint_;
  Argon2Passwords passwords_;
  AccountsRpc rpc_;
};

}  // namespace

std::unique_ptr<host::Module> make_accounts(config::Settings& settings, host::Host& host) {
  return std::make_unique<AccountsModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::accounts
