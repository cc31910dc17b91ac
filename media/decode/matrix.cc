// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/matrix.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::media {
namespace {

constexpr int kBits = 14;
constexpr int kHalf = 1 << (kBits - 1);

std::uint8_t byte(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

}  // namespace

MatrixConverter::MatrixConverter(LumaWeights from) {
  const double green_from = 1 - from.red - from.blue, green_to = 1 - kBt709.red - kBt709.blue;
  // Red and blue as luma plus so much V or U; green takes its share of both away.
  const double red_v = 2 * (1 - from.red), blue_u = 2 * (1 - from.blue);
  const double luma_u = kBt709.blue * blue_u - green_to * from.blue * blue_u / green_from;
  const double luma_v = kBt709.red * red_v - green_to * from.red * red_v / green_from;
  const double to_u = 2 * (1 - kBt709.blue), to_v = 2 * (1 - kBt709.red);
  const auto fixed = [](double weight) { return static_cast<int>(std::lround(weight * (1 << kBits))); };
  // A step of chroma is 1/224, one of luma 1/219.
  weights_ = {{{fixed(luma_u * 219 / 224), fixed(luma_v * 219 / 224)},
               {fixed((blue_u - luma_u) / to_u), fixed(-luma_v / to_u)},
               {fixed(-luma_u / to_v), fixed((red_v - luma_v) / to_v)}}};
}

void MatrixConverter::convert_chroma_row(const AVFrame& in, AVFrame& out, int row) {
  const auto line = [row](const AVFrame& f, int plane) {
    return f.data[plane] + static_cast<std::ptrdiff_t>(row) * f.linesize[plane];
  };
  const std::uint8_t *us = line(in, 1), *vs = line(in, 2);
  std::uint8_t *to_u = line(out, 1), *to_v = line(out, 2);
  std::int16_t* moves = moves_.data();
  const auto w = weights_;
  for (int x = 0; x < in.width / 2; ++x) {
    const int u = us[x] - 128, v = vs[x] - 128;
    to_u[x] = byte(128 + ((w[1][0] * u + w[1][1] * v + kHalf) >> kBits));
    to_v[x] = byte(128 + ((w[2][0] * u + w[2][1] * v + kHalf) >> kBits));
    const auto move = static_cast<std::int16_t>((w[0][0] * u + w[0][1] * v + kHalf) >> kBits);
    moves[2 * x] = move;
    moves[2 * x + 1] = move;
  }
}

void MatrixConverter::convert(const AVFrame& in, AVFrame& out) {
  moves_.resize(static_cast<std::size_t>(in.width) + 1);
  for (int y = 0; y < in.height; ++y) {
    if (y % 2 == 0) convert_chroma_row(in, out, y / 2);
    const std::uint8_t* from = in.data[0] + static_cast<std::ptrdiff_t>(y) * in.linesize[0];
    std::uint8_t* to = out.data[0] + static_cast<std::ptrdiff_t>(y) * out.linesize[0];
    const std::int16_t* moves = moves_.data();
    for (int x = 0; x < in.width; ++x) to[x] = byte(from[x] + moves[x]);
  }
}

}  // namespace cliffhanger::media
