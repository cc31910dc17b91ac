#include "services/insight/rpc/objects_rpc.h"

#include "cliffhanger/insight/v1/objects_service.pb.h"

namespace cliffhanger::insight {

rpc::Service objects_service(sql::Pool& pool, blob::Store& blobs, host::ClaimObjects claim) {
  return host::objects_service<v1::ClaimObjectsRequest, v1::ClaimObjectsResponse, v1::RemoveObjectsRequest,
                               v1::RemoveObjectsResponse>("cliffhanger.insight.v1.ObjectsService", pool,
                                                          blobs, std::move(claim), {blob::Kind::kExport});
}

}  // namespace cliffhanger::insight
