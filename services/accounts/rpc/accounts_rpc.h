#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/accounts/domain/accounts.h"

namespace cliffhanger::accounts {

// The stores of one transaction, kept alive together.
struct Unit {
  std::unique_ptr<People> people;
  std::unique_ptr<Sessions> sessions;
  std::unique_ptr<Consents> consents;
  std::unique_ptr<News> news;
};

// cliffhanger.accounts.v1.AccountsService. Answers that hold tokens are never kept, so an Idempotency-Key has
// no effect here: see README.md.
class AccountsRpc {
 public:
  // All outlive it, and it outlives the service.
  struct Deps {
    sql::Pool& pool;
    std::function<Unit(sql::Tx&, const Call&)> unit;
    Mint& mint;
    Passwords& passwords;
    std::function<bool(const std::string&)> outdated;  // whether a password hash should be made anew
    const Clock& clock;
    Random& random;
    const Policy& policy;
  };
  explicit AccountsRpc(Deps deps) : d_(std::move(deps)) {}
  rpc::Service service();
  const Deps& deps() const { return d_; }

 private:
  // Runs `work(Accounts&)` in one transaction.
  template <class Work>
  auto within(const Call& call, Work work);
  Result<SignedIn> sign_up(const Call& call, std::string email, const std::string& password, std::string name,
                           bool creator);
  Result<SignedIn> sign_in(const Call& call, const std::string& email, const std::string& password);
  Result<Tokens> refresh(const Call& call, const std::string& token);

  Deps d_;
};

}  // namespace cliffhanger::accounts
