#pragma once
// What catalog tells of episodes: message ⇄ domain.
#include "cliffhanger/catalog/v1/events.pb.h"
#include "services/transcode/domain/appearances.h"
#include "services/transcode/domain/episodes.h"

namespace cliffhanger::transcode {

// All fail with BAD_ID for an event that makes no sense.
Result<void> hear_changed(Episodes& episodes, const catalog::v1::EpisodeChanged& event);
// Of the same event, after that.
Result<void> hear_takedown(Appearances& appearances, const catalog::v1::EpisodeChanged& event);
Result<void> hear_deleted(Episodes& episodes, const catalog::v1::EpisodeDeleted& event);

}  // namespace cliffhanger::transcode
