#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/rules.h"

namespace cliffhanger::recommendation {

// All outlive the service.
struct RulesRpcDeps {
  sql::Pool& pool;
  std::function<std::unique_ptr<RuleBook>(sql::Tx&, const Call&)> open;  // of one transaction
  const Clock& clock;
  Random& random;
};

// cliffhanger.recommendation.v1.RulesService.
rpc::Service rules_service(const RulesRpcDeps& deps);

}  // namespace cliffhanger::recommendation
