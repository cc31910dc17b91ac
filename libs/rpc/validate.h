#pragma once
#include <google/protobuf/message.h>

#include "libs/core/result.h"

namespace cliffhanger::rpc {

// Checks every `api.v1.limits` option of `message` and of all messages in it. Fails with INVALID_REQUEST and
// every fault at once (at most kMaxFaults), each with its path in JSON names, such as "items[2].title".
Result<void> validate(const google::protobuf::Message& message);

}  // namespace cliffhanger::rpc
