#pragma once
#include <optional>

#include "services/playback/domain/session.h"

namespace cliffhanger::playback {

// Fails with EPISODE_LOCKED: only its owner watches a locked episode, as nothing sells a key yet.
Result<void> check_may_watch(const Watchable& what);

// Where to go on: 0 without progress, after completion and within the last kTailMs. `duration_ms` 0: not
// known.
std::int64_t resume_position(const std::optional<Progress>& progress, std::int64_t duration_ms);

// What can't be is brought to the nearest that can: a position beyond the end, the end's position unless
// completed, more watched than there was time since the report before.
Report clamped(const Report& report, const Session& session, Time now);

// Whether the viewer has really begun, and not only swiped past.
bool has_begun(const Report& report, const Session& session);

// Whether the episode counts as seen to its end after the (clamped) report. Starting it over takes that back
// once begun.
bool completes(const Report& report, const Session& session, bool completed_before);

}  // namespace cliffhanger::playback
