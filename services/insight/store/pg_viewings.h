#pragma once
// What people saw of episodes, over one PostgreSQL transaction, for one tenant.
#include "libs/sql/sql.h"
#include "services/insight/domain/viewings.h"

namespace cliffhanger::insight {

class PgViewings final : public Viewings {
 public:
  PgViewings(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<void> hear_episode(const Uuid& episode, const UserId& owner, std::int64_t duration_ms,
                            std::int64_t version) override;
  Result<std::optional<Episode>> episode(const Uuid& episode) override;
  Result<void> add(const Uuid& episode, const UserId& user, const Watched& what) override;
  Result<void> merge(const UserId& guest, const UserId& user) override;
  Result<Totals> totals(const Uuid& episode) override;
  Result<void> each_seen(const Uuid& episode, const std::function<void(const SecondsSeen&)>& each) override;

 private:
  Result<void> put(const Uuid& episode, const UserId& user, const Watched& what, const SecondsSeen& more);

  sql::Tx& tx_;
  const Tenant& tenant_;
};

}  // namespace cliffhanger::insight
