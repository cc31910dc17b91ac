#pragma once
// The rpcs about dubs, and what ingest tells of them: message ⇄ domain.
#include "cliffhanger/ingest/v1/events.pb.h"
#include "cliffhanger/transcode/v1/dubs_service.pb.h"
#include "libs/core/call.h"
#include "services/transcode/domain/dubs.h"

namespace cliffhanger::transcode {

namespace pb = transcode::v1;

Result<pb::ListDubsResponse> list_dubs(Dubbing& dubbing, const Call& call, const pb::ListDubsRequest& in);
Result<pb::GetDubResponse> get_dub(Dubbing& dubbing, const Call& call, const pb::GetDubRequest& in);
Result<pb::DeleteDubResponse> delete_dub(Dubbing& dubbing, const Call& call, const pb::DeleteDubRequest& in);

// Fails with BAD_ID for an event that makes no sense.
Result<void> accept_dub(Dubbing& dubbing, const ingest::v1::DubVerified& event);

}  // namespace cliffhanger::transcode
