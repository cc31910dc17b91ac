// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/matrix.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <cmath>

namespace cliffhanger::media {
namespace {

constexpr int kBits = 14;
constexpr int kHalf = 1 << (kBits - 1);

std::uint8_t byte(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

#ifdef __SSE2__
// The compiler makes nothing good of these loops, and they run for every pixel of the largest picture. Every
// x86-64 has SSE2, and integers are the same as in the loops that finish the row.
class Chroma8 {
 public:
  Chroma8(const std::uint8_t* us, const std::uint8_t* vs) {
    const __m128i u = centred(us), v = centred(vs);
    low_ = _mm_unpacklo_epi16(u, v);
    high_ = _mm_unpackhi_epi16(u, v);
  }
  // Eight of (u·of_u + v·of_v + half) >> kBits.
  __m128i weighed(const std::array<int, 2>& of) const {
    const __m128i w = _mm_set1_epi32((of[1] << 16) | (of[0] & 0xffff));
    const __m128i half = _mm_set1_epi32(kHalf);
    const auto part = [&](__m128i uv) {
      return _mm_srai_epi32(_mm_add_epi32(_mm_madd_epi16(uv, w), half), kBits);
    };
    return _mm_packs_epi32(part(low_), part(high_));
  }
  static void store(__m128i moved, std::uint8_t* to) {
    moved = _mm_add_epi16(moved, _mm_set1_epi16(128));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(moved, moved));
  }

 private:
  static __m128i centred(const std::uint8_t* from) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
    return _mm_sub_epi16(_mm_unpacklo_epi8(bytes, _mm_setzero_si128()), _mm_set1_epi16(128));
  }
  __m128i low_, high_;
};

void move_16(const std::uint8_t* from, const std::int16_t* moves, std::uint8_t* to) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)), zero = _mm_setzero_si128();
  const auto* m = reinterpret_cast<const __m128i*>(moves);
  const __m128i low = _mm_add_epi16(_mm_unpacklo_epi8(bytes, zero), _mm_loadu_si128(m));
  const __m128i high = _mm_add_epi16(_mm_unpackhi_epi8(bytes, zero), _mm_loadu_si128(m + 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(low, high));
}
#endif

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
  int x = 0;
#ifdef __SSE2__
  for (; x + 8 <= in.width / 2; x += 8) {
    const Chroma8 uv(us + x, vs + x);
    Chroma8::store(uv.weighed(w[1]), to_u + x);
    Chroma8::store(uv.weighed(w[2]), to_v + x);
    const __m128i move = uv.weighed(w[0]);
    auto* to = reinterpret_cast<__m128i*>(moves + 2 * static_cast<std::ptrdiff_t>(x));
    _mm_storeu_si128(to, _mm_unpacklo_epi16(move, move));
    _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(move, move));
  }
#endif
  for (; x < in.width / 2; ++x) {
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
    int x = 0;
#ifdef __SSE2__
    for (; x + 16 <= in.width; x += 16) move_16(from + x, moves + x, to + x);
#endif
    for (; x < in.width; ++x) to[x] = byte(from[x] + moves[x]);
  }
}

}  // namespace cliffhanger::media
