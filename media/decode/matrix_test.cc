// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/matrix.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "media/decode/picture_pool.h"

namespace cliffhanger::media {
namespace {

struct Code {
  int y, u, v;
};

// A colour's 8-bit limited-range code in a matrix, from its definition.
Code code_of(double r, double g, double b, LumaWeights w) {
  const double y = w.red * r + (1 - w.red - w.blue) * g + w.blue * b;
  return {static_cast<int>(std::lround(16 + 219 * y)),
          static_cast<int>(std::lround(128 + 224 * (b - y) / (2 * (1 - w.blue)))),
          static_cast<int>(std::lround(128 + 224 * (r - y) / (2 * (1 - w.red))))};
}

// A flat picture through the converter.
Code converted(Code in, LumaWeights from) {
  PicturePool pool;
  const Frame a = pool.get({34, 6}, AV_PIX_FMT_YUV420P).value(),
              b = pool.get({34, 6}, AV_PIX_FMT_YUV420P).value();
  const int codes[] = {in.y, in.u, in.v};
  for (int plane = 0; plane < 3; ++plane)
    for (int y = 0; y < (plane ? 3 : 6); ++y)
      for (int x = 0; x < (plane ? 17 : 34); ++x)
        a->data[plane][y * a->linesize[plane] + x] = static_cast<std::uint8_t>(codes[plane]);
  MatrixConverter(from).convert(*a, *b);
  return {b->data[0][5 * b->linesize[0] + 33], b->data[1][2 * b->linesize[1] + 16],
          b->data[2][2 * b->linesize[2] + 16]};
}

TEST(Matrix, KeepsColoursWhatTheyAre) {
  for (const LumaWeights from : {kBt601, kSmpte240, kBt2020, kBt709})
    for (double r = 0; r <= 1; r += 0.25)
      for (double g = 0; g <= 1; g += 0.25)
        for (double b = 0; b <= 1; b += 0.25) {
          const Code got = converted(code_of(r, g, b, from), from), want = code_of(r, g, b, kBt709);
          EXPECT_LE(std::abs(got.y - want.y), 1) << r << g << b;
          EXPECT_LE(std::abs(got.u - want.u), 1) << r << g << b;
          EXPECT_LE(std::abs(got.v - want.v), 1) << r << g << b;
        }
}

TEST(Matrix, LeavesGreysAlone) {
  for (int y = 0; y < 256; ++y) EXPECT_EQ(converted({y, 128, 128}, kBt601).y, y);
}

}  // namespace
}  // namespace cliffhanger::media
