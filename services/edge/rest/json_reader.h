#pragma once
// JSON → message, by descriptor, after the proto3 JSON mapping, strictly: only JSON names, enums by name, no
// unknown fields.
#include <google/protobuf/message.h>
#include <boost/json/value.hpp>

#include <string_view>

#include "libs/core/result.h"
#include "services/edge/rest/faults.h"

namespace cliffhanger::edge::rest {

// Reads a whole document into `message`, which should be empty. Fails with INVALID_JSON (syntax, and where),
// BODY_TOO_LARGE, or INVALID_REQUEST with every fault at once; `message` is then in no particular state.
Result<void> json_to_message(std::string_view text, google::protobuf::Message& message);

enum class Source {
  kJson,
  kText,  // everything is a string, as in query parameters: "true" is a bool and one string is a list of one
};

// The same from what has been parsed; adds faults below `where`.
void read_message(const boost::json::value& value, google::protobuf::Message& message, Source source,
                  const Path& where, Faults& faults);

}  // namespace cliffhanger::edge::rest
