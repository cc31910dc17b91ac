// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/matrix.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

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

void copy_columns(const AVFrame& from, int at, AVFrame& to) {
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane ? 1 : 0;
    for (int y = 0; y < to.height >> shift; ++y)
      std::memcpy(to.data[plane] + y * to.linesize[plane],
                  from.data[plane] + y * from.linesize[plane] + (at >> shift),
                  static_cast<std::size_t>(to.width >> shift));
  }
}

// Wide rows are done many pixels at once and narrow ones one by one: a picture is the same as its columns.
TEST(Matrix, IsTheSameForEveryWidth) {
  PicturePool pool, narrow_pool;
  const Frame in = pool.get({54, 64}, AV_PIX_FMT_YUV420P).value(),
              out = pool.get({54, 64}, AV_PIX_FMT_YUV420P).value();
  unsigned seed = 1;
  for (int plane = 0; plane < 3; ++plane)
    for (int i = 0; i < in->linesize[plane] * (plane ? 32 : 64); ++i) {
      seed = seed * 1664525 + 1013904223;
      in->data[plane][i] = static_cast<std::uint8_t>(seed >> 24);
    }
  MatrixConverter(kBt601).convert(*in, *out);
  for (int x = 0; x < 54; x += 2) {
    const Frame from = narrow_pool.get({2, 64}, AV_PIX_FMT_YUV420P).value(),
                want = narrow_pool.get({2, 64}, AV_PIX_FMT_YUV420P).value(),
                got = narrow_pool.get({2, 64}, AV_PIX_FMT_YUV420P).value();
    copy_columns(*in, x, *from);
    copy_columns(*out, x, *got);
    MatrixConverter(kBt601).convert(*from, *want);
    for (int plane = 0; plane < 3; ++plane)
      for (int y = 0; y < (plane ? 32 : 64); ++y)
        for (int i = 0; i < (plane ? 1 : 2); ++i)
          ASSERT_EQ(got->data[plane][y * got->linesize[plane] + i],
                    want->data[plane][y * want->linesize[plane] + i])
              << "plane " << plane << " at " << x + i << "," << y;
  }
}

TEST(Matrix, LeavesGreysAlone) {
  for (int y = 0; y < 256; ++y) EXPECT_EQ(converted({y, 128, 128}, kBt601).y, y);
}

}  // namespace
}  // namespace cliffhanger::media
