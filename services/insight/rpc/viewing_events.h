#pragma once
#include "libs/bus/consumer.h"
#include "services/insight/domain/experiments.h"
#include "services/insight/rpc/insight_rpc.h"

namespace cliffhanger::insight {

using OpenActivities = std::function<std::unique_ptr<Activities>(sql::Tx&, const Call&)>;

// What others tell: episodes (catalog), what was watched (playback), guests who signed in (accounts).
void listen(bus::Consumer& consumer, const OpenViewings& viewings, const OpenActivities& activities);

}  // namespace cliffhanger::insight
