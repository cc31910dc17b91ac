#pragma once
// The ports of the domain over one PostgreSQL transaction, for one tenant; and what events change.
#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "services/community/domain/community.h"

namespace cliffhanger::community {

class PgBoard final : public Board {
 public:
  PgBoard(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<UserId> person(const UserId& guest) override;
  Result<bool> is_creator(const Uuid& user) override;
  Result<std::int64_t> set(const UserId& user, const Subject& subject, Reaction reaction, Time now) override;
  Result<std::int64_t> clear(const UserId& user, const Subject& subject, Reaction reaction) override;
  Result<std::vector<Standing>> standings(const UserId& user, const std::vector<Subject>& subjects) override;
  Result<std::vector<Listed>> list(const UserId& user, Reaction reaction, const std::optional<Listed>& after,
                                   int limit) override;

  // A guest's reactions become the account's, also what comes later, each counted once. Again: changes
  // nothing.
  Result<void> merge(const UserId& guest, const UserId& user);
  // Takes back up to kForgetAtOnce of what these people said, so that the counters are right; true if there may be more.
  Result<bool> forget(const std::vector<UserId>& people);
  // Somebody has published.
  Result<void> hear_creator(const UserId& user);

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

class OutboxNews final : public News {
 public:
  OutboxNews(sql::Tx& tx, bus::Outbox& outbox, const Call& call) : tx_(tx), outbox_(outbox), call_(call) {}
  Result<void> changed(const UserId& user, const Subject& subject, Reaction reaction, bool set,
                       std::int64_t version) override;

 private:
  sql::Tx& tx_;
  bus::Outbox& outbox_;
  const Call& call_;
};

}  // namespace cliffhanger::community
