#pragma once
#include <boost/json/object.hpp>

#include "services/edge/openapi/schemas.h"

namespace cliffhanger::edge::openapi {

// "/v1/episodes/{episodeId}:publish"
std::string path_of(const rest::Route& route);

// "catalog": the tag of all operations of a service.
std::string tag_of(const google::protobuf::ServiceDescriptor* service);

// The OpenAPI operation of a route; what it names is added to `schemas`.
boost::json::object operation_of(const rest::Route& route, Schemas& schemas);

}  // namespace cliffhanger::edge::openapi
