#pragma once
// The gate: what a revision must be before anyone but its creator may watch it. Pure, over what the store
// knows of its pieces. What players would find in the objects is worker/inspection's.
#include <vector>

#include "libs/core/result.h"
#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

// Whether every piece of the plan exists. Fails with GATE_PIECE_MISSING.
Result<void> all_there(const Plan& plan, const Assembly& assembly);

// Whether the sound in `track`, the film's own or a dub, is on the plan's grid and as long as the picture. Its pieces exist. Fails as
// pass_gate does.
Result<void> pass_sound(const Plan& plan, const Assembly& assembly, std::string_view track);

// Every rung and the sound have exactly the frames, groups of pictures and segments of the plan; no segment
// is longer than the target duration plus half a second, and none of the sound rounds to more than the target
// duration; the sound is as long as the picture within one AAC
// frame; every range of an I-frame lies in its object; what the playlists declare is at least, and within 10
// % of, what was measured. Fails with GATE_PIECE_MISSING, GATE_FRAMES, GATE_GOPS, GATE_SEGMENT_TOO_LONG,
// GATE_AUDIO_LENGTH or GATE_BANDWIDTH and a sentence that names the place.
Result<void> pass_gate(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& declared);

}  // namespace cliffhanger::transcode
