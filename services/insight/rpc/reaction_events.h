#pragma once
#include "services/insight/rpc/viewing_events.h"

namespace cliffhanger::insight {

// What community tells: likes and follows, for experiments. Of who does not allow analytics nothing is kept.
void listen_to_reactions(bus::Consumer& consumer, const OpenActivities& activities,
                         const OpenConsents& consents);

}  // namespace cliffhanger::insight
