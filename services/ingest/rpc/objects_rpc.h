#pragma once
#include "libs/host/objects_service.h"

namespace cliffhanger::ingest {

// cliffhanger.ingest.v1.ObjectsService: what the collector asks. Pool and store outlive the service. What is
// unclaimed must stay so.
rpc::Service objects_service(sql::Pool& pool, blob::Store& blobs, host::ClaimObjects claim);

}  // namespace cliffhanger::ingest
