#pragma once
// The rpcs: message ⇄ domain.
#include "cliffhanger/transcode/v1/transcode_service.pb.h"
#include "libs/core/call.h"
#include "services/transcode/domain/desk.h"

namespace cliffhanger::transcode {

namespace pb = transcode::v1;

// What people get to see of a revision.
void put(const Revision& revision, pb::Revision& out);
// Whose things a caller may touch: operators those of their tenant, so may services that act for nobody;
// everyone else their own.
OwnerFilter filter_for(const Caller& caller);

Result<pb::ListRevisionsResponse> list_revisions(Desk& desk, const Call& call,
                                                 const pb::ListRevisionsRequest& in);
Result<pb::GetRevisionResponse> get_revision(Desk& desk, const Call& call, const pb::GetRevisionRequest& in);
Result<pb::CancelRevisionResponse> cancel_revision(Desk& desk, const Call& call,
                                                   const pb::CancelRevisionRequest& in);
Result<pb::GetQueueResponse> get_queue(Desk& desk, const Call& call, const pb::GetQueueRequest& in);
Result<pb::ListDeadLettersResponse> list_dead_letters(Desk& desk, const Call& call,
                                                      const pb::ListDeadLettersRequest& in);
Result<pb::ReplayDeadLetterResponse> replay_dead_letter(Desk& desk, const Call& call,
                                                        const pb::ReplayDeadLetterRequest& in);

}  // namespace cliffhanger::transcode
