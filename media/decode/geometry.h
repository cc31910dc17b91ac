// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Sizes and orientations. Pure.
#include <cstdint>

#include "media/io/source.h"

namespace cliffhanger::media {

struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};

// How large a stored picture is shown: its width times its sample aspect ratio (0:1 means square), then
// turned. Both sides come out even, since 4:2:0 needs that.
Size display_size(Size stored, int sar_num, int sar_den, Orientation orientation);

// Turns an 8-bit plane: `in` of width × height samples into `out`, whose sides are swapped if transposed.
void orient_plane(const std::uint8_t* in, int in_stride, int width, int height, Orientation orientation,
                  std::uint8_t* out, int out_stride);

}  // namespace cliffhanger::media
