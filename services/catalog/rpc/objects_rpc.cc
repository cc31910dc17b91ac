#include "services/catalog/rpc/objects_rpc.h"

#include "cliffhanger/catalog/v1/objects_service.pb.h"

namespace cliffhanger::catalog {

rpc::Service objects_service(sql::Pool& pool, ClaimObjects claim) {
  rpc::Service service("cliffhanger.catalog.v1.ObjectsService");
  service.on([&pool, claim](const Call&, const v1::ClaimObjectsRequest& in) -> Result<v1::ClaimObjectsResponse> {
    CH_ASSIGN(const auto keys, pool.read([&](sql::Tx& tx) {
      return claim(tx, {in.keys().begin(), in.keys().end()});
    }));
    v1::ClaimObjectsResponse out;
    for (const auto& key : keys) out.add_keys(key);
    return out;
  });
  return service;
}

}  // namespace cliffhanger::catalog
