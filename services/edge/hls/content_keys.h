#pragma once
#include <functional>
#include <string>

#include "libs/core/call.h"
#include "libs/hls_token/hls_token.h"
#include "libs/rpc/client.h"

namespace cliffhanger::edge {

// The AES-128 key (16 bytes) of the granted revision for the granted session. May block. Fails with
// SESSION_NOT_FOUND, SESSION_EXPIRED, SESSION_REVOKED, REVISION_WITHDRAWN, KEY_NOT_FOUND and what playback's
// absence gives.
using ContentKeys = std::function<Result<std::string>(const hls::Grant& grant, const Trace& trace)>;

// Asks playback.
ContentKeys content_keys_of(rpc::Client playback);

}  // namespace cliffhanger::edge
