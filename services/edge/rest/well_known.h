#pragma once
// The messages of google.protobuf that JSON spells in a way of its own.
#include <google/protobuf/message.h>
#include <boost/json/value.hpp>

#include <optional>
#include <string>

#include "services/edge/rest/json_reader.h"

namespace cliffhanger::edge::rest {

// Timestamp, Duration, FieldMask, Struct, Value, ListValue and the wrappers.
bool is_well_known(const google::protobuf::Descriptor* type);
bool is_wrapper(const google::protobuf::Descriptor* type);

// Fills in `message`, whose type must be well known. What is wrong with `value`, or nullopt.
std::optional<std::string> read_well_known(const boost::json::value& value,
                                           google::protobuf::Message& message, Source source);

// Appends the message to `out`, the same way.
void write_well_known(const google::protobuf::Message& message, std::string& out);

}  // namespace cliffhanger::edge::rest
