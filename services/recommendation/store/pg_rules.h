#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "libs/sql/sql.h"
#include "services/recommendation/domain/rules.h"

namespace cliffhanger::recommendation {

// All tenants' rules in memory, so that no page asks for them and they hold without the database too.
// refresh() reads what changed since; everything is read anew every five minutes. Safe from many threads.
class PgRules final : public Rules {
 public:
  // Both outlive this.
  PgRules(sql::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

  std::shared_ptr<const std::vector<Rule>> of(const Tenant& tenant) const override;
  // Fails with what the database fails with; what was known stays known then.
  Result<void> refresh();

 private:
  using All = std::map<Tenant, std::map<RuleId, Rule>>;
  void publish(const std::set<Tenant>& changed);

  sql::Pool& pool_;
  const Clock& clock_;
  All all_;  // refresh() alone uses it and the next two
  std::string upto_ = "0";
  Time whole_at_{};
  mutable std::mutex mutex_;  // guards the next
  std::map<Tenant, std::shared_ptr<const std::vector<Rule>>> current_;
};

// The rules of a tenant, within `tx`, which outlives it.
class PgRuleBook final : public RuleBook {
 public:
  PgRuleBook(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}

  Result<KeptRule> add(const Rule& rule, UserId by, Time now) override;
  Result<std::vector<KeptRule>> list(bool all, std::optional<RuleId> before, int most, Time now) override;
  Result<KeptRule> remove(RuleId id, UserId by, Time now) override;

 private:
  Result<KeptRule> find(RuleId id);
  sql::Tx& tx_;
  const Tenant& tenant_;
};

}  // namespace cliffhanger::recommendation
