// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "media/io/av.h"

namespace cliffhanger::media {

// A normalised picture (8-bit 4:2:0, bt709, limited range) as a JPEG file; the same bytes on every machine.
// `quantiser`: from 2 (best) to 31.
Result<Packet> to_jpeg(const Frame& picture, int quantiser);

}  // namespace cliffhanger::media
