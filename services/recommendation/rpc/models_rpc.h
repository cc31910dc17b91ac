#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/models.h"

namespace cliffhanger::recommendation {

struct ModelsRpcDeps {
  sql::Pool& pool;
  std::function<std::unique_ptr<Models>(sql::Tx&)> models;  // of one transaction
  std::function<void()> asked;                              // a training waits
  std::function<void()> activated;
};

// cliffhanger.recommendation.v1.ModelsService. The pool outlives the service.
rpc::Service models_service(const ModelsRpcDeps& deps);

}  // namespace cliffhanger::recommendation
