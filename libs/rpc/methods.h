#pragma once
// What the descriptors linked into this program say: every service and method, and their options.
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "cliffhanger/api/v1/options.pb.h"

namespace cliffhanger::rpc {

// All services of packages "cliffhanger.*" in this program, by full name.
std::vector<const google::protobuf::ServiceDescriptor*> all_services();

// The one method that takes `request`; null if none or several do.
const google::protobuf::MethodDescriptor* method_taking(const google::protobuf::Descriptor* request);

// Null if unknown.
const google::protobuf::MethodDescriptor* find_method(const std::string& full_name);

// The options `access` and `limits`, empty messages where absent.
const api::v1::Access& access_of(const google::protobuf::MethodDescriptor* method);
const api::v1::Limits& limits_of(const google::protobuf::FieldDescriptor* field);

// "/cliffhanger.catalog.v1.CatalogService/GetSeries", what gRPC calls it on the wire.
std::string wire_path(const google::protobuf::MethodDescriptor* method);

}  // namespace cliffhanger::rpc
