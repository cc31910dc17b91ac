#pragma once
// The rpc that makes cuts: message ⇄ domain.
#include "cliffhanger/transcode/v1/cuts_service.pb.h"
#include "libs/core/call.h"
#include "libs/rpc/client.h"
#include "services/transcode/domain/cutting.h"

namespace cliffhanger::transcode {

namespace pb = transcode::v1;

// Who owns the episode, by catalog: it need not have any media yet. Fails with EPISODE_NOT_FOUND for what is
// neither the caller's nor, for operators, their tenant's.
Result<UserId> owner_of_episode(const rpc::Client& catalog, const Call& call, const std::string& episode_id);

Result<pb::CreateCutResponse> create_cut(Cutting& cutting, const Call& call, const pb::CreateCutRequest& in,
                                         UserId owner);

}  // namespace cliffhanger::transcode
