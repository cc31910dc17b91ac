#pragma once
// tus 1.0 at /uploads: creation, creation-with-upload, creation-defer-length, checksum, concatenation, expiration,
// termination.
// https://tus.io/protocols/resumable-upload
#include "libs/http/router.h"
#include "services/edge/gate.h"
#include "services/edge/uploads/appender.h"
#include "services/edge/uploads/slots.h"

namespace cliffhanger::ingest::v1 {
class Upload;
}

namespace cliffhanger::edge {

struct Visit;

// Keeps nothing of an upload itself: ingest knows every offset. Safe from many threads.
class Uploads {
 public:
  // All outlive it. `ingest` passes the person's own token on.
  struct Deps {
    rpc::Client ingest;
    Appender& appender;
    Gate& gate;
  };
  explicit Uploads(Deps deps) : deps_(std::move(deps)) {}
  void add_routes(http::Router& router);

 private:
  using Handle = http::Task<http::Response> (Uploads::*)(http::Request&, const Visit&);
  // Checks the version and admits, runs the handler, adds Tus-Resumable.
  http::Task<http::Response> run(http::Request& request, Handle handle, Charge charge);
  // Nothing of those without a valid token gets any further.
  http::Task<Result<void>> admit(const Visit& visit, Charge charge);
  http::Task<http::Response> options(http::Request& request);
  http::Task<http::Response> create(http::Request& request, const Visit& visit);
  http::Task<http::Response> head(http::Request& request, const Visit& visit);
  http::Task<http::Response> patch(http::Request& request, const Visit& visit);
  http::Task<http::Response> overridden(http::Request& request, const Visit& visit);
  http::Task<http::Response> terminate(http::Request& request, const Visit& visit);
  // Where a creation that came again stands by now.
  http::Task<std::int64_t> reached(const Visit& visit, const Appender::Outcome& outcome,
                                   const std::string& upload_id);
  // What a request's body adds to an upload.
  struct Append {
    std::string upload_id;
    std::int64_t offset = 0;
    std::int64_t length = 0;  // that the request tells of the whole; 0: none
    std::optional<Checksum> checksum;
  };
  http::Task<Appender::Outcome> append(http::Request& request, const Visit& visit, Append what);

  const Deps deps_;
  UploadSlots slots_;
};

}  // namespace cliffhanger::edge
