#pragma once
#include "libs/sql/sql.h"
#include "services/recommendation/domain/engagement.h"

namespace cliffhanger::recommendation {

class PgEngagements final : public Engagements {
 public:
  // `profiled`: whether who decided nothing allows profiling.
  PgEngagements(sql::Tx& tx, const Tenant& tenant, bool profiled)
      : tx_(tx), tenant_(tenant), profiled_(profiled) {}
  Result<std::vector<Engagement>> known(const std::vector<Engagement>& told) override;
  Result<std::vector<Engagement>> add(const std::vector<Engagement>& known) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
  const bool profiled_;
};

// Forgets what nothing was added to since `before`, a bounded number of rows at once; true if there is more.
Result<bool> sweep_engagement(sql::Tx& tx, Time before);

}  // namespace cliffhanger::recommendation
