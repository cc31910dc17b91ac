#pragma once
// Everything under /v1: REST to gRPC by descriptor, with no handler of its own for any endpoint.
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "libs/http/message.h"
#include "libs/rpc/client.h"
#include "services/edge/api/admission.h"
#include "services/edge/gate.h"
#include "services/edge/rest/route.h"
#include "services/edge/slots.h"

namespace cliffhanger::edge {

// Safe from many threads.
class Api {
 public:
  // A client of the service of that name.
  using ClientOf = std::function<rpc::Client(std::string_view service)>;
  // Asks `client_of` once for each service that has a route. `gate` and `admission` outlive it.
  Api(rest::RouteTable table, const ClientOf& client_of, Gate& gate, Admission& admission);

  // Answers any path: 404 ROUTE_NOT_FOUND and 405 METHOD_NOT_ALLOWED included. request.route becomes the
  // rpc's pattern.
  http::Task<http::Response> serve(http::Request& request) const;
  const rest::RouteTable& table() const { return table_; }

 private:
  http::Task<Result<http::Response>> answer(http::Request& request, const Visit& visit) const;
  http::Task<Result<std::string>> read_body(http::Request& request, const Visit& visit) const;

  const rest::RouteTable table_;
  std::map<std::string, rpc::Client, std::less<>> clients_;
  Gate& gate_;
  Admission& admission_;
  mutable Slots large_bodies_ = body_slots();
};

}  // namespace cliffhanger::edge
