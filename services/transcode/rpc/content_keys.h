#pragma once
#include "libs/rpc/client.h"
#include "services/transcode/worker/encryptor.h"

namespace cliffhanger::transcode {

// Asks playback, which makes a revision's key when it is first asked for. Fails with CONTENT_KEY_UNAVAILABLE
// while playback is away.
KeySource content_keys_of(rpc::Client playback);

}  // namespace cliffhanger::transcode
