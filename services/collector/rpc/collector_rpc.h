#pragma once
#include <functional>
#include <memory>

#include "libs/core/clock.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/collector/domain/collections.h"

namespace cliffhanger::collector {

// All outlive the service.
struct RpcDeps {
  sql::Pool& pool;
  std::function<std::unique_ptr<Collections>(sql::Tx&)> collections;  // of one transaction
  const Clock& clock;
  Duration grace;
  int most_percent;
  std::function<void()> wake;  // a run waits
};

// cliffhanger.collector.v1.CollectorService.
rpc::Service collector_service(const RpcDeps& deps);

}  // namespace cliffhanger::collector
