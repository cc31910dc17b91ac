#pragma once
// The rpcs about profiles of series: message ⇄ domain.
#include "cliffhanger/transcode/v1/profile_service.pb.h"
#include "libs/core/call.h"
#include "services/transcode/domain/planning.h"

namespace cliffhanger::transcode {

namespace pb = transcode::v1;

Result<pb::GetSeriesProfileResponse> get_series_profile(Revisions& revisions, const Call& call,
                                                        const pb::GetSeriesProfileRequest& in);
Result<pb::RenewSeriesProfileResponse> renew_series_profile(Revisions& revisions, const Clock& clock,
                                                            const Call& call,
                                                            const pb::RenewSeriesProfileRequest& in);

}  // namespace cliffhanger::transcode
