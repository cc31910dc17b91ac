#pragma once
#include <functional>
#include <memory>

#include "libs/rpc/server.h"
#include "libs/sql/sql.h"
#include "services/ingest/domain/library.h"

namespace cliffhanger::ingest {

// cliffhanger.ingest.v1.StorageService. `pool` outlives the service; `library` makes the library of one transaction.
rpc::Service storage_service(sql::Pool& pool, std::function<std::unique_ptr<Library>(sql::Tx&)> library, Policy policy);

}  // namespace cliffhanger::ingest
