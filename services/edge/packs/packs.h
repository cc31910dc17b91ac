#pragma once
// POST /v1/start-packs: the next episodes, ready to start, in one answer. Contract: start_pack.proto.
#include <functional>
#include <string>
#include <vector>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "cliffhanger/recommendation/v1/recommendation_service.pb.h"

#include "libs/http/router.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/client.h"
#include "services/edge/api/admission.h"
#include "services/edge/gate.h"
#include "services/edge/hls/hls.h"
#include "services/edge/objects/objects.h"
#include "services/edge/packs/pack.h"
#include "services/edge/packs/wish.h"
#include "services/edge/slots.h"

namespace cliffhanger::edge {

// The services that packs ask, each call in the name of the visitor. Fail as these services do.
struct PackServices {
  template <class Out, class In>
  using Ask = std::function<http::Task<Result<Out>>(const Visit& visit, const In& in)>;
  Ask<playback::v1::PrepareSessionsResponse, playback::v1::PrepareSessionsRequest> prepare;
  Ask<catalog::v1::ListEpisodesResponse, catalog::v1::ListEpisodesRequest> episodes;
  Ask<recommendation::v1::GetFeedResponse, recommendation::v1::GetFeedRequest> feed;
};
PackServices pack_services(rpc::Client playback, rpc::Client catalog, rpc::Client recommendation);

// Asks playback for sessions in the name of who asks, so that nobody gets what they may not watch, and takes
// the rest from the object store. Bytes go out of the mappings that HLS uses, uncopied. Safe from many
// threads.
class Packs {
 public:
  // All outlive it.
  struct Deps {
    PackServices services;
    Hls& hls;
    Objects& objects;
    Gate& gate;
    Admission& admission;
    Slots& slots;
    obs::Metrics& metrics;
    std::int64_t most_bytes;  // of one answer
  };
  explicit Packs(Deps deps) : deps_(std::move(deps)) {}
  // This outlives the router.
  void add_routes(http::Router& router);

 private:
  // Which episodes, and where the feed goes on.
  struct Next {
    std::vector<std::string> episodes;
    std::string next_page_token;
  };
  http::Task<http::Response> serve(http::Request& request);
  http::Task<Result<http::Response>> answer(http::Request& request, const Visit& visit);
  // Everything that services are asked for one pack, under one place of the admission.
  http::Task<Result<std::vector<PackEntry>>> ask(const Wish& wish, const Visit& visit, Next& following);
  http::Task<Result<Next>> next(const Wish& wish, const Visit& visit);
  http::Task<Result<std::vector<PackEntry>>> prepare(const Next& next, const Wish& wish, const Visit& visit);
  http::Task<void> load(PackEntry& entry, const Wish& wish);
  http::Task<http::Response> put_together(std::vector<PackEntry> entries, std::string next_page_token);
  http::Task<Result<std::vector<http::FileRange>>> open(const std::vector<PackPart>& parts);

  const Deps deps_;
};

}  // namespace cliffhanger::edge
