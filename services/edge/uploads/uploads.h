#pragma once
// /uploads: who may, which protocol, and which of its handlers.
#include "libs/http/router.h"
#include "services/edge/gate.h"
#include "services/edge/uploads/draft.h"
#include "services/edge/uploads/tus.h"

namespace cliffhanger::edge {

// Safe from many threads.
class Uploads {
 public:
  // All outlive it. `ingest` passes the person's own token on.
  struct Deps {
    rpc::Client ingest;
    Appender& appender;
    Gate& gate;
    Admission& admission;
    const Clock& clock;
    std::int64_t max_size;  // of an upload, in bytes; ingest enforces it, here it is only told
  };
  explicit Uploads(const Deps& deps)
      : gate_(deps.gate),
        intake_({deps.ingest, deps.appender, deps.admission}),
        tus_(intake_, deps.max_size),
        draft_(intake_, deps.clock, deps.max_size) {}
  void add_routes(http::Router& router);

 private:
  using Handle = http::Task<http::Response> (Protocol::*)(http::Request&, const Visit&);
  Protocol& protocol_of(const http::Request& request);
  // Checks the version and admits, runs the handler, signs its response.
  http::Task<http::Response> run(http::Request& request, Handle handle, Charge charge);
  // Nothing of those without a valid token gets any further.
  http::Task<Result<void>> admit(const Visit& visit, Charge charge);
  http::Task<http::Response> options(http::Request& request);
  // For clients behind proxies that let no PATCH through.
  http::Task<http::Response> overridden(http::Request& request);

  Gate& gate_;
  Intake intake_;
  Tus tus_;
  Draft draft_;
};

}  // namespace cliffhanger::edge
