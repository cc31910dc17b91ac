// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/geometry.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::media {
namespace {

int even(double side) {
  return std::max(2, static_cast<int>(std::lround(side / 2)) * 2);
}

}  // namespace

Size display_size(Size stored, int sar_num, int sar_den, Orientation orientation) {
  double width = stored.width, height = stored.height;
  if (sar_num > 0 && sar_den > 0 && sar_num != sar_den) {
    width *= std::clamp(static_cast<double>(sar_num) / sar_den, 1.0 / 8, 8.0);
  }
  if (orientation.transpose) std::swap(width, height);
  return {even(width), even(height)};
}

void orient_plane(const std::uint8_t* in, int in_stride, int width, int height, Orientation orientation,
                  std::uint8_t* out, int out_stride) {
  constexpr int kBlock = 16;  // both sides of a transposition stay in the cache
  const int out_width = orientation.transpose ? height : width;
  const int out_height = orientation.transpose ? width : height;
  for (int by = 0; by < out_height; by += kBlock) {
    for (int bx = 0; bx < out_width; bx += kBlock) {
      for (int y = by; y < std::min(by + kBlock, out_height); ++y) {
        const int v = orientation.flip_y ? out_height - 1 - y : y;
        std::uint8_t* to = out + static_cast<std::ptrdiff_t>(y) * out_stride;
        for (int x = bx; x < std::min(bx + kBlock, out_width); ++x) {
          const int u = orientation.flip_x ? out_width - 1 - x : x;
          to[x] = orientation.transpose ? in[static_cast<std::ptrdiff_t>(u) * in_stride + v]
                                        : in[static_cast<std::ptrdiff_t>(v) * in_stride + u];
        }
      }
    }
  }
}

}  // namespace cliffhanger::media
