#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libs/blob/blob.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"

namespace cliffhanger::transcode {

// Which of these objects the service needs, and what calls `remove` for one while nobody can begin to need it; see store/pg_objects.h.
struct ObjectRules {
  std::function<Result<std::vector<std::string>>(sql::Tx&, const std::vector<std::string>& keys)> claim;
  std::function<Result<bool>(sql::Pool&, const std::string& key, const std::function<Result<bool>()>& remove)> remove_unclaimed;
};

// cliffhanger.transcode.v1.ObjectsService: what the collector asks. Pool and store outlive the service.
rpc::Service objects_service(sql::Pool& pool, blob::Store& blobs, ObjectRules rules);

}  // namespace cliffhanger::transcode
