// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Drawing on pictures.
#include <cstdint>
#include <span>

#include "media/io/av.h"

namespace cliffhanger::media {

// A shape of one grey.
struct Mask {
  int x = 0, y = 0;  // of its left upper corner in the picture; may lie outside
  int width = 0, height = 0, stride = 0;
  const std::uint8_t* coverage = nullptr;  // 0 to 255 a pixel, `stride` bytes a line
  std::uint8_t grey = 255;                 // 0 black to 255 white
  std::uint8_t opacity = 255;
};

// Lays the mask over an 8-bit 4:2:0 picture in bt709's limited range, whose buffers nobody shares. In whole
// numbers: the same on every machine.
void blend(const Mask& mask, AVFrame& picture);

}  // namespace cliffhanger::media
