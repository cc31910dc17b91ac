#include "services/insight/rpc/objects_rpc.h"

#include <algorithm>

#include "cliffhanger/insight/v1/objects_service.pb.h"
#include "libs/blob/place.h"

namespace cliffhanger::insight {
namespace {

Result<std::vector<std::string>> claimed(sql::Pool& pool, const ClaimObjects& claim,
                                         const std::vector<std::string>& keys) {
  return pool.read([&](sql::Tx& tx) { return claim(tx, keys); });
}

bool is_ours(const std::string& key) {
  const auto place = blob::place_of(key);
  return place && place->kind == blob::Kind::kExport;
}

}  // namespace

rpc::Service objects_service(sql::Pool& pool, blob::Store& blobs, ClaimObjects claim) {
  rpc::Service service("cliffhanger.insight.v1.ObjectsService");
  service.on(
      [&pool, claim](const Call&, const v1::ClaimObjectsRequest& in) -> Result<v1::ClaimObjectsResponse> {
        CH_ASSIGN(const auto keys, claimed(pool, claim, {in.keys().begin(), in.keys().end()}));
        v1::ClaimObjectsResponse out;
        for (const auto& key : keys) out.add_keys(key);
        return out;
      });
  service.on([&pool, &blobs, claim](const Call&,
                                    const v1::RemoveObjectsRequest& in) -> Result<v1::RemoveObjectsResponse> {
    CH_ASSIGN(const auto needed, claimed(pool, claim, {in.keys().begin(), in.keys().end()}));
    v1::RemoveObjectsResponse out;
    for (const auto& key : in.keys()) {
      if (!is_ours(key) || std::ranges::find(needed, key) != needed.end()) continue;
      CH_ASSIGN(const bool gone, blobs.remove_older(key, time_of(in.written_before())));
      if (gone) out.add_keys(key);
    }
    return out;
  });
  return service;
}

}  // namespace cliffhanger::insight
