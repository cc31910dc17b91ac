// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// One plane of 8-bit samples.
#include <cstdint>
#include <vector>

namespace cliffhanger::media {

struct Plane {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> samples;  // row by row, without gaps

  const std::uint8_t* row(int y) const { return samples.data() + static_cast<std::ptrdiff_t>(y) * width; }
};

// Half the size: each sample the mean of four. An odd last row or column is left out.
Plane halved(const Plane& in);

}  // namespace cliffhanger::media
