#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/insight/domain/quality.h"

namespace cliffhanger::insight {

// The cells of one transaction, for a tenant.
using OpenQuality = std::function<std::unique_ptr<QualityCells>(sql::Tx&, const Tenant&)>;
// See add_deliveries in store/pg_quality.h.
using AddDeliveries = std::function<Result<bool>(sql::Tx&, Time now, const Uuid& batch,
                                                 const std::string& edge, const std::vector<Delivery>&)>;

// All outlive the service.
struct QualityDeps {
  sql::Pool& pool;
  OpenQuality quality;
  AddDeliveries add;
  const Clock& clock;
};

// cliffhanger.insight.v1.QualityService.
rpc::Service quality_service(QualityDeps deps);

}  // namespace cliffhanger::insight
