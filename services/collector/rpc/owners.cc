#include "services/collector/rpc/owners.h"

#include "cliffhanger/catalog/v1/objects_service.pb.h"
#include "cliffhanger/ingest/v1/objects_service.pb.h"
#include "cliffhanger/insight/v1/objects_service.pb.h"
#include "cliffhanger/recommendation/v1/objects_service.pb.h"
#include "cliffhanger/transcode/v1/objects_service.pb.h"
#include "services/collector/limits.h"

namespace cliffhanger::collector {
namespace {

using Keys = std::vector<std::string>;

// The store is the house's: no tenant's in particular.
Call call_in_house(Random& random) {
  Call call;
  call.caller = {*Tenant::parse("default"), Role::kService, UserId(), "collector", false};
  call.trace = Trace::start(random);
  call.method = "cliffhanger.collector";
  call.deadline = std::chrono::steady_clock::now() + kAskDeadline;
  return call;
}

template <class Response, class Request>
Result<Keys> ask(const rpc::Client& client, Random& random, Request request, const Keys& keys) {
  for (const auto& key : keys) request.add_keys(key);
  CH_ASSIGN(const auto answer, client.call<Response>(call_in_house(random), request));
  return Keys(answer.keys().begin(), answer.keys().end());
}

template <class Request, class Response>
auto claim_over(const rpc::Client& client, Random& random) {
  return [client, &random](const Keys& keys) { return ask<Response>(client, random, Request(), keys); };
}

template <class Request, class Response>
auto remove_over(const rpc::Client& client, Random& random) {
  return [client, &random](const Keys& keys, Time before) {
    Request request;
    set_time(request.mutable_written_before(), before);
    return ask<Response>(client, random, std::move(request), keys);
  };
}

}  // namespace

std::vector<Owner> owners_over(const rpc::Client& ingest, const rpc::Client& transcode, const rpc::Client& catalog,
                               const rpc::Client& recommendation, const rpc::Client& insight, Random& random) {
  namespace in = cliffhanger::ingest::v1;
  namespace code = cliffhanger::transcode::v1;
  namespace log = cliffhanger::catalog::v1;
  namespace rec = cliffhanger::recommendation::v1;
  namespace sight = cliffhanger::insight::v1;
  using blob::Kind;
  return {{"ingest", claim_over<in::ClaimObjectsRequest, in::ClaimObjectsResponse>(ingest, random),
           remove_over<in::RemoveObjectsRequest, in::RemoveObjectsResponse>(ingest, random), {Kind::kPart, Kind::kSource}},
          {"transcode", claim_over<code::ClaimObjectsRequest, code::ClaimObjectsResponse>(transcode, random),
           remove_over<code::RemoveObjectsRequest, code::RemoveObjectsResponse>(transcode, random),
           {Kind::kSegment, Kind::kCover, Kind::kRevision}},
          {"catalog", claim_over<log::ClaimObjectsRequest, log::ClaimObjectsResponse>(catalog, random), nullptr, {}},
          {"recommendation", claim_over<rec::ClaimObjectsRequest, rec::ClaimObjectsResponse>(recommendation, random),
           remove_over<rec::RemoveObjectsRequest, rec::RemoveObjectsResponse>(recommendation, random), {Kind::kModel}},
          {"insight", claim_over<sight::ClaimObjectsRequest, sight::ClaimObjectsResponse>(insight, random),
           remove_over<sight::RemoveObjectsRequest, sight::RemoveObjectsResponse>(insight, random), {Kind::kExport}}};
}

}  // namespace cliffhanger::collector
