// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/burn/blend.h"

#include <algorithm>

namespace cliffhanger::media {
namespace {

constexpr int kNeutral = 128;

std::uint8_t mix(int below, int above, int alpha) {
  return static_cast<std::uint8_t>((below * (255 - alpha) + above * alpha + 127) / 255);
}

}  // namespace

void blend(const Mask& mask, AVFrame& picture) {
  const int left = std::max(0, mask.x), top = std::max(0, mask.y);
  const int right = std::min(picture.width, mask.x + mask.width);
  const int bottom = std::min(picture.height, mask.y + mask.height);
  if (left >= right || top >= bottom) return;
  const int luma = 16 + (219 * mask.grey + 127) / 255;
  const auto alpha = [&](int x, int y) {
    if (x < left || x >= right || y < top || y >= bottom) return 0;
    return (mask.coverage[(y - mask.y) * mask.stride + (x - mask.x)] * mask.opacity + 127) / 255;
  };
  for (int y = top; y < bottom; ++y) {
    std::uint8_t* line = picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0];
    for (int x = left; x < right; ++x) line[x] = mix(line[x], luma, alpha(x, y));
  }
  for (int plane = 1; plane < 3; ++plane) {
    for (int y = top / 2; y <= (bottom - 1) / 2; ++y) {
      std::uint8_t* line = picture.data[plane] + static_cast<std::ptrdiff_t>(y) * picture.linesize[plane];
      for (int x = left / 2; x <= (right - 1) / 2; ++x) {
        const int sum = alpha(2 * x, 2 * y) + alpha(2 * x + 1, 2 * y) + alpha(2 * x, 2 * y + 1) +
                        alpha(2 * x + 1, 2 * y + 1);
        line[x] = mix(line[x], kNeutral, (sum + 2) / 4);
      }
    }
  }
}

}  // namespace cliffhanger::media
