#pragma once
#include <functional>
#include <memory>

#include "cliffhanger/insight/v1/events.pb.h"
#include "libs/bus/consumer.h"
#include "services/recommendation/domain/engagement.h"
#include "services/recommendation/rpc/taste_events.h"

namespace cliffhanger::recommendation {

using OpenEngagements = std::function<std::unique_ptr<Engagements>(sql::Tx&, const Call&)>;

// Takes in what insight tells of what viewers did. Of who refuses profiling nothing is kept, whoever told.
Result<void> hear_acts(sql::Tx& tx, const Call& call, const cliffhanger::insight::v1::ViewersActed& event,
                       const OpenMemory& memory, const OpenEngagements& engagements);

// Before the consumer starts.
void listen_to_acts(bus::Consumer& consumer, OpenMemory memory, OpenEngagements engagements);

}  // namespace cliffhanger::recommendation
