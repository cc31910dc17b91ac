#pragma once
#include "libs/bus/consumer.h"
#include "services/insight/rpc/insight_rpc.h"

namespace cliffhanger::insight {

// What others tell: episodes (catalog), what was watched (playback), guests who signed in (accounts).
void listen(bus::Consumer& consumer, const OpenViewings& viewings);

}  // namespace cliffhanger::insight
