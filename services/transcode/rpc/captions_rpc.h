#pragma once
// The rpcs about captions: message ⇄ domain.
#include "cliffhanger/transcode/v1/captions_service.pb.h"
#include "libs/core/call.h"
#include "services/transcode/domain/captions.h"

namespace cliffhanger::transcode {

namespace pb = transcode::v1;

Result<pb::PutCaptionsResponse> put_captions(Captioning& captioning, const Call& call,
                                             const pb::PutCaptionsRequest& in);
Result<pb::ListCaptionsResponse> list_captions(Captioning& captioning, const Call& call,
                                               const pb::ListCaptionsRequest& in);
Result<pb::GetCaptionsResponse> get_captions(Captioning& captioning, const Call& call,
                                             const pb::GetCaptionsRequest& in);
Result<pb::DeleteCaptionsResponse> delete_captions(Captioning& captioning, const Call& call,
                                                   const pb::DeleteCaptionsRequest& in);
Result<pb::DraftCaptionsResponse> draft_captions(Captioning& captioning, const Call& call,
                                                 const pb::DraftCaptionsRequest& in);
Result<pb::ApproveCaptionsResponse> approve_captions(Captioning& captioning, const Call& call,
                                                     const pb::ApproveCaptionsRequest& in);
Result<pb::BurnCaptionsResponse> burn_captions(Captioning& captioning, const Call& call,
                                               const pb::BurnCaptionsRequest& in);
Result<pb::UnburnCaptionsResponse> unburn_captions(Captioning& captioning, const Call& call,
                                                   const pb::UnburnCaptionsRequest& in);
Result<pb::GetBurnedPlaylistResponse> get_burned_playlist(Captioning& captioning, const Call& call,
                                                          const pb::GetBurnedPlaylistRequest& in);

}  // namespace cliffhanger::transcode
