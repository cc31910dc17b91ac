#pragma once
#include "services/catalog/rpc/catalog_rpc.h"

namespace cliffhanger::catalog {

// cliffhanger.catalog.v1.TakedownService. What is in `deps` outlives it.
rpc::Service takedown_service(const RpcDeps& deps);

}  // namespace cliffhanger::catalog
