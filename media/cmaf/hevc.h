// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// What of HEVC the CMAF writer has to say: its configuration record and its name (ISO/IEC 14496-15).
#include <span>
#include <string>

#include "media/cmaf/cmaf.h"

namespace cliffhanger::media {

// Whether a sequence parameter set holds what is read of it here: its general profile, tier and level.
bool hevc_sps_is_whole(std::span<const std::uint8_t> sps);

// The box hvcC (8.3.3.1) of 8-bit 4:2:0, with all parameter sets.
void hevc_configuration(BoxWriter& w, const VideoTrack& track);

// RFC 6381 and 14496-15, annex E.3: "hvc1.1.6.L93.90". `sps` must be whole.
std::string hevc_codecs(std::span<const std::uint8_t> sps);

}  // namespace cliffhanger::media
