#pragma once
#include "services/catalog/rpc/catalog_rpc.h"

namespace cliffhanger::catalog {

// cliffhanger.catalog.v1.OverridesService. What it is given outlives it.
rpc::Service overrides_service(sql::Pool& pool, OpenLibrary open);

}  // namespace cliffhanger::catalog
