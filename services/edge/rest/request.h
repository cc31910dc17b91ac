#pragma once
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/result.h"
#include "services/edge/rest/route.h"

namespace cliffhanger::edge::rest {

using Params = std::vector<std::pair<std::string, std::string>>;  // decoded, in order

// The message that a REST request means: the path's variables, the body if the route has one (an empty body
// is {}), and the query's parameters for the fields that are in neither ("nested.name=x", a list by
// repetition). Fails with INVALID_JSON, BODY_TOO_LARGE, BODY_NOT_ALLOWED or INVALID_REQUEST with every fault
// at once. Limits of fields are the service's to check.
Result<std::unique_ptr<google::protobuf::Message>> read_request(const Match& match, const Params& query,
                                                                std::string_view body);

}  // namespace cliffhanger::edge::rest
