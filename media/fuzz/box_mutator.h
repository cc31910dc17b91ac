// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Changes to MP4 files that keep their box structure whole.
#include <cstddef>
#include <cstdint>

namespace cliffhanger::media {

// Deletes, doubles or empties one box of an ISO base media file (ISO/IEC 14496-12), or overwrites a number in
// it, in place; the lengths of the boxes around it stay right. `most` is the room in `data`; `seed` decides.
// Returns the new size, or 0 if the bytes hold no boxes or the change doesn't fit (nothing is changed then).
std::size_t mutate_boxes(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

}  // namespace cliffhanger::media
