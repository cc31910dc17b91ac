#pragma once
#include <google/protobuf/message.h>
#include <boost/json/value.hpp>

#include <optional>
#include <string>

#include "services/edge/rest/json_reader.h"

namespace cliffhanger::edge::rest {

// Sets (or adds to) a field that is no message. What is wrong with `value`, such as "must be a string";
// nullopt: nothing.
std::optional<std::string> read_scalar(const boost::json::value& value, google::protobuf::Message& message,
                                       const google::protobuf::FieldDescriptor* field, bool add,
                                       Source source);

}  // namespace cliffhanger::edge::rest
