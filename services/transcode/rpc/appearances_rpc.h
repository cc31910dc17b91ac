#pragma once
// The rpc that lists the cuts that show a film: message ⇄ domain.
#include "cliffhanger/transcode/v1/appearances_service.pb.h"
#include "services/transcode/domain/appearances.h"

namespace cliffhanger::transcode {

Result<v1::ListAppearancesResponse> list_appearances(Appearances& appearances, const Call& call,
                                                     const v1::ListAppearancesRequest& in);

}  // namespace cliffhanger::transcode
