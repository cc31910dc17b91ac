#pragma once
// The ports of the domain over one PostgreSQL transaction, for one tenant.
#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "services/accounts/domain/ports.h"

namespace cliffhanger::accounts {

class PgPeople final : public People {
 public:
  PgPeople(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<std::optional<Account>> find(const UserId& id) override;
  Result<std::optional<Account>> find_by_email(const std::string& email) override;
  Result<std::optional<Account>> lock(const UserId& id) override;
  Result<void> add(const Account& account) override;
  Result<void> change(const Account& account) override;
  Result<bool> claim_email(const std::string& email, const UserId& id) override;
  Result<bool> has_operator() override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

class PgSessions final : public Sessions {
 public:
  PgSessions(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<void> open(const Session& session, Time now) override;
  Result<void> add_token(const std::string& digest, const SessionId& session, Time expires) override;
  Result<std::optional<RefreshToken>> lock_token(const std::string& digest) override;
  Result<void> use_token(const std::string& digest, Time now, const std::string& salt,
                         const std::string& successor_digest) override;
  Result<void> extend(const SessionId& session, Time expires) override;
  Result<void> end(const SessionId& session, Time now) override;
  Result<void> end_all(const UserId& user, Time now) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

class OutboxNews final : public News {
 public:
  OutboxNews(sql::Tx& tx, bus::Outbox& outbox, const Call& call) : tx_(tx), outbox_(outbox), call_(call) {}
  Result<void> created(const Account& account) override;
  Result<void> merged(const UserId& guest, const Account& account) override;
  Result<void> signed_out(const Account& account, Time at) override;

 private:
  sql::Tx& tx_;
  bus::Outbox& outbox_;
  const Call& call_;
};

// Deletes up to kSweepRows tokens and sessions that expired before `now`, of all tenants; true if there may
// be more.
Result<bool> sweep(sql::Tx& tx, Time now);

}  // namespace cliffhanger::accounts
