#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"

namespace cliffhanger::catalog {

// Which of these objects the service needs.
using ClaimObjects = std::function<Result<std::vector<std::string>>(sql::Tx&, const std::vector<std::string>& keys)>;

// cliffhanger.catalog.v1.ObjectsService: what the collector asks. `pool` outlives the service.
rpc::Service objects_service(sql::Pool& pool, ClaimObjects claim);

}  // namespace cliffhanger::catalog
