#pragma once
// What the bus tells: message ⇄ domain.
#include "cliffhanger/ingest/v1/events.pb.h"
#include "libs/core/call.h"
#include "services/transcode/domain/planning.h"

namespace cliffhanger::transcode {

// Plans the source. Fails with BAD_ID for an event that makes no sense; a probe that can't be read makes a
// revision that failed.
Result<void> accept_source(Planning& planning, const Call& call, const ingest::v1::SourceVerified& event);

// Starts on the head of a source that is still being uploaded; or ends that. Fail with BAD_ID for an event that makes no sense.
Result<void> accept_head(Planning& planning, const Call& call, const ingest::v1::SourceHeadArrived& event);
Result<void> end_head(Planning& planning, const ingest::v1::SourceHeadGone& event);

}  // namespace cliffhanger::transcode
