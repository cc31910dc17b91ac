#pragma once
#include "libs/sql/sql.h"
#include "services/insight/domain/acts_queue.h"

namespace cliffhanger::insight {

// The queue in PostgreSQL. For any number of replicas at once.
class PgActsQueue final : public ActsQueue {
 public:
  explicit PgActsQueue(sql::Tx& tx) : tx_(tx) {}
  Result<void> add(const Tenant& tenant, const UserId& user, const std::string& body) override;
  Result<std::vector<Entry>> take(int most) override;

 private:
  sql::Tx& tx_;
};

}  // namespace cliffhanger::insight
