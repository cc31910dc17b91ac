#pragma once
// Server-sent events: the progress of media revisions and dubs, live.
#include <chrono>

#include "libs/http/router.h"
#include "libs/rpc/client.h"
#include "services/edge/api/admission.h"
#include "services/edge/events/hub.h"
#include "services/edge/gate.h"
#include "services/edge/slots.h"

namespace cliffhanger::edge {

// GET /v1/revisions/{revision_id}/events, /v1/episodes/{episode_id}/events and
// /v1/episodes/{episode_id}/dubs/{language}/events. See README.md.
class Events {
 public:
  struct Deps {
    rpc::Client transcode;
    NewsHub& hub;
    Gate& gate;
    Slots& slots;
    Admission& admission;  // each question to transcode needs a place, as uploads do, of which streams tell
  };
  struct Timing {
    std::chrono::milliseconds poll{5'000};        // asked again without any news
    std::chrono::milliseconds heartbeat{15'000};  // a comment after so long a silence
    std::chrono::milliseconds longest{900'000};   // then the stream ends, and the reader comes again
  };
  Events(Deps deps, Timing timing) : deps_(std::move(deps)), timing_(timing) {}
  // This outlives the router.
  void add_routes(http::Router& router);

 private:
  enum class Follows { kRevision, kEpisode, kDub };
  struct Subject;
  static Result<Subject> subject_of(const http::Request& request, Follows what);
  http::Task<http::Response> serve(http::Request& request, Follows what);
  Deps deps_;
  const Timing timing_;
};

}  // namespace cliffhanger::edge
