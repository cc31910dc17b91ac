#include "services/transcode/rpc/objects_rpc.h"

#include "cliffhanger/transcode/v1/objects_service.pb.h"

namespace cliffhanger::transcode {

rpc::Service objects_service(sql::Pool& pool, blob::Store& blobs, ObjectRules rules) {
  rpc::Service service("cliffhanger.transcode.v1.ObjectsService");
  service.on([&pool, rules](const Call&, const v1::ClaimObjectsRequest& in) -> Result<v1::ClaimObjectsResponse> {
    CH_ASSIGN(const auto keys, pool.read([&](sql::Tx& tx) {
      return rules.claim(tx, {in.keys().begin(), in.keys().end()});
    }));
    v1::ClaimObjectsResponse out;
    for (const auto& key : keys) out.add_keys(key);
    return out;
  });
  service.on([&pool, &blobs, rules](const Call&, const v1::RemoveObjectsRequest& in) -> Result<v1::RemoveObjectsResponse> {
    v1::RemoveObjectsResponse out;
    for (const auto& key : in.keys()) {
      // Each in a transaction of its own: nobody waits for more than one.
      CH_ASSIGN(const bool gone, rules.remove_unclaimed(pool, key, [&] {
        return blobs.remove_older(key, time_of(in.written_before()));
      }));
      if (gone) out.add_keys(key);
    }
    return out;
  });
  return service;
}

}  // namespace cliffhanger::transcode
