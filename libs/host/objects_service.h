#pragma once
// What the collector asks services that write objects in their own name.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/blob/blob.h"
#include "libs/blob/place.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"

namespace cliffhanger::host {

// Which of these objects the service needs.
using ClaimObjects =
    std::function<Result<std::vector<std::string>>(sql::Tx&, const std::vector<std::string>& keys)>;

// The ObjectsService `name` of the package whose messages the template names: tells what is needed of some
// objects, and removes, of those of `kinds`, what is not and was written before a given time. What is
// unclaimed must stay so. Pool and store outlive the service.
template <class ClaimRequest, class ClaimResponse, class RemoveRequest, class RemoveResponse>
rpc::Service objects_service(const std::string& name, sql::Pool& pool, blob::Store& blobs, ClaimObjects claim,
                             std::vector<blob::Kind> kinds) {
  const auto claimed = [&pool, claim = std::move(claim)](const auto& in) {
    return pool.read([&](sql::Tx& tx) { return claim(tx, {in.keys().begin(), in.keys().end()}); });
  };
  rpc::Service service(name);
  service.on([claimed](const Call&, const ClaimRequest& in) -> Result<ClaimResponse> {
    CH_ASSIGN(const auto keys, claimed(in));
    ClaimResponse out;
    for (const auto& key : keys) out.add_keys(key);
    return out;
  });
  service.on([claimed, kinds = std::move(kinds), &blobs](const Call&,
                                                         const RemoveRequest& in) -> Result<RemoveResponse> {
    CH_ASSIGN(const auto needed, claimed(in));
    RemoveResponse out;
    for (const auto& key : in.keys()) {
      const auto place = blob::place_of(key);
      if (!place || std::ranges::find(kinds, place->kind) == kinds.end()) continue;
      if (std::ranges::find(needed, key) != needed.end()) continue;
      CH_ASSIGN(const bool gone, blobs.remove_older(key, time_of(in.written_before())));
      if (gone) out.add_keys(key);
    }
    return out;
  });
  return service;
}

}  // namespace cliffhanger::host
