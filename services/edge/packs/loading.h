#pragma once
#include "libs/hls_token/hls_token.h"
#include "services/edge/hls/hls.h"
#include "services/edge/objects/objects.h"
#include "services/edge/packs/pack.h"
#include "services/edge/packs/wish.h"

namespace cliffhanger::edge {

// How the episode of a prepared session starts for this wish: its playlists are read, a rung is chosen, and
// the parts are named with their sizes; no segment is touched. Fails with BAD_PLAYLIST, OBJECT_NOT_FOUND and
// what `hls` and `objects` say, such as that the session was ended; they outlive the task.
http::Task<Result<PackStart>> load_start(Hls& hls, Objects& objects, playback::v1::PlaybackSession session,
                                         const Wish& wish);

}  // namespace cliffhanger::edge
