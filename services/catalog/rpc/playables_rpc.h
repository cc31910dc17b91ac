#pragma once
#include "services/catalog/rpc/catalog_rpc.h"

namespace cliffhanger::catalog {

// cliffhanger.catalog.v1.PlayablesService. What is in `deps` outlives it.
rpc::Service playables_service(const RpcDeps& deps);

}  // namespace cliffhanger::catalog
