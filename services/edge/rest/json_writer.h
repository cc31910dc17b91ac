#pragma once
// Message → JSON, by reflection, after the proto3 JSON mapping.
#include <google/protobuf/message.h>

#include <string>

namespace cliffhanger::edge::rest {

// JSON names, 64-bit numbers as strings, enums by name (by number if the name is not known), bytes as base64.
// Plain fields, lists and maps are always written, so that clients can rely on them; messages, optional
// fields and members of a oneof only where set.
std::string message_to_json(const google::protobuf::Message& message);

// Appends one value of a field that is no message: entry `index` of a repeated one, or -1.
void write_scalar(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field,
                  int index, std::string& out);

}  // namespace cliffhanger::edge::rest
