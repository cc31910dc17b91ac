#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libs/blob/blob.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"

namespace cliffhanger::insight {

// Which of these objects the service needs.
using ClaimObjects =
    std::function<Result<std::vector<std::string>>(sql::Tx&, const std::vector<std::string>& keys)>;

// cliffhanger.insight.v1.ObjectsService: what the collector asks. Pool and store outlive the service.
// What is unclaimed must stay so.
rpc::Service objects_service(sql::Pool& pool, blob::Store& blobs, ClaimObjects claim);

}  // namespace cliffhanger::insight
