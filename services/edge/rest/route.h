#pragma once
// The REST routes of all services, from the google.api.http options in their descriptors.
#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::edge::rest {

// One step of a path: fixed text, or a field of the request.
struct Segment {
  std::string literal;                                          // empty for a variable
  const google::protobuf::FieldDescriptor* variable = nullptr;  // a plain field of the request
};

struct Route {
  std::string verb;     // GET, POST, PUT, PATCH, DELETE
  std::string pattern;  // as in the .proto: "/v1/episodes/{episode_id}:publish"
  std::vector<Segment> segments;
  std::string suffix;  // ":publish", after a variable at the end; or empty
  const google::protobuf::MethodDescriptor* method = nullptr;
  bool whole_body = false;                                        // body: "*"
  const google::protobuf::FieldDescriptor* body_field = nullptr;  // body: "field"
};

// A route that fits, with the values of its variables.
struct Match {
  const Route* route;
  std::vector<std::pair<const google::protobuf::FieldDescriptor*, std::string>> variables;
};

// Immutable once made; routes live as long as it.
class RouteTable {
 public:
  // Of these methods; those for services only (CALLER_SERVICE) and those without a route are left out. Fails
  // with BAD_ROUTE if an option is not of the kinds that we support, or if two routes are the same.
  static Result<RouteTable> make(const std::vector<const google::protobuf::MethodDescriptor*>& methods);
  // Of all services linked into this program except cliffhanger.testing.
  static Result<RouteTable> of_all_services();

  // `path` is decoded, without query. Fixed text wins over variables. Fails with ROUTE_NOT_FOUND, or
  // METHOD_NOT_ALLOWED with the metadata `allow`: "GET, PATCH".
  Result<Match> match(std::string_view verb, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace cliffhanger::edge::rest
