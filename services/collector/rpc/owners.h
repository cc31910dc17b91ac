#pragma once
#include "libs/rpc/client.h"
#include "services/collector/collect/collector.h"

namespace cliffhanger::collector {

// Everybody to whom objects belong, over their ObjectsService. The clients are copied; `random` outlives the owners.
std::vector<Owner> owners_over(const rpc::Client& ingest, const rpc::Client& transcode, const rpc::Client& catalog,
                               const rpc::Client& recommendation, const rpc::Client& insight, Random& random);

}  // namespace cliffhanger::collector
