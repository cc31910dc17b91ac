// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/lanczos.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

namespace cliffhanger::media {
namespace {

// A plane with room around it that must stay as it is.
template <class Sample>
struct Plane {
  static constexpr Sample kUntouched = 0xA5;
  explicit Plane(Size of) : size(of), stride(of.width + 9), samples(static_cast<std::size_t>(stride) * of.height + 3, kUntouched) {}
  Sample& at(int x, int y) { return samples[static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x)]; }
  std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(samples.data()); }
  std::ptrdiff_t stride_bytes() const { return stride * static_cast<std::ptrdiff_t>(sizeof(Sample)); }
  Size size;
  int stride;
  std::vector<Sample> samples;
};

template <class Sample>
Plane<Sample> scaled(Plane<Sample>& in, Size to, PlaneScaler::Code code = PlaneScaler::Code::kFastest) {
  Plane<Sample> out(to);
  PlaneScaler(in.size, to, sizeof(Sample) == 1 ? 8 : 10, code).scale(in.bytes(), in.stride_bytes(), out.bytes(), out.stride_bytes());
  return out;
}

template <class Sample>
Plane<Sample> noise(Size size, int most, unsigned seed) {
  Plane<Sample> out(size);
  std::mt19937 random(seed);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      // Half of them at the ends of the range, where sums are largest.
      const unsigned dice = random();
      out.at(x, y) = static_cast<Sample>(dice & 1 ? (dice & 2 ? most : 0) : (dice >> 8) % static_cast<unsigned>(most + 1));
    }
  return out;
}

struct Case {
  Size from, to;
};
// What rungs are, and what is odd: smaller than what is done at a time, up, one way alone, a single sample.
const Case kCases[] = {{{1080, 96}, {720, 64}}, {{720, 64}, {540, 48}},  {{540, 48}, {360, 32}},  {{2160, 64}, {540, 16}}, {{607, 61}, {540, 54}},
                       {{34, 30}, {20, 18}},    {{16, 16}, {8, 8}},      {{15, 9}, {7, 5}},       {{3, 2}, {64, 40}},      {{1, 1}, {17, 5}},
                       {{64, 33}, {64, 22}},    {{90, 24}, {33, 24}},    {{7680, 8}, {540, 2}},   {{19, 400}, {10, 3}}};

template <class Sample>
void expect_same_code(int most) {
  for (const auto& [from, to] : kCases) {
    auto in = noise<Sample>(from, most, 7);
    const auto fast = scaled(in, to), portable = scaled(in, to, PlaneScaler::Code::kPortable);
    EXPECT_EQ(fast.samples, portable.samples) << from.width << "x" << from.height << " to " << to.width << "x" << to.height;
  }
}
TEST(Lanczos, AnyProcessorGivesTheSameSamples) {
  expect_same_code<std::uint8_t>(255);
  expect_same_code<std::uint16_t>(1023);
  expect_same_code<std::uint16_t>(65'535);  // more than ten bits, which only a broken decoder would give
}

TEST(Lanczos, NothingBesideThePlaneIsWritten) {
  for (const auto& [from, to] : kCases) {
    auto in = noise<std::uint8_t>(from, 255, 3);
    auto out = scaled(in, to);
    for (int y = 0; y < to.height; ++y)
      for (int x = to.width; x < out.stride; ++x) ASSERT_EQ(out.at(x, y), Plane<std::uint8_t>::kUntouched);
  }
}

TEST(Lanczos, WeightsSumToOne) {
  for (const auto& [from, to] : {std::pair(1920, 1280), std::pair(3840, 540), std::pair(7, 100), std::pair(1, 1)}) {
    const Taps taps = lanczos_taps(from, to, 16);
    ASSERT_EQ(taps.count % 16, 0);
    for (int i = 0; i < to; ++i) {
      const auto* first = &taps.weights[static_cast<std::size_t>(i) * static_cast<std::size_t>(taps.count)];
      EXPECT_EQ(std::accumulate(first, first + taps.count, 0), 1 << Taps::kBits);
    }
  }
}

TEST(Lanczos, FlatPicturesStayWhatTheyAre) {
  for (const int level : {0, 16, 128, 235, 255}) {
    for (const auto& [from, to] : kCases) {
      Plane<std::uint8_t> in(from);
      for (int y = 0; y < from.height; ++y)
        for (int x = 0; x < from.width; ++x) in.at(x, y) = static_cast<std::uint8_t>(level);
      auto out = scaled(in, to);
      for (int y = 0; y < to.height; ++y)
        for (int x = 0; x < to.width; ++x) ASSERT_EQ(out.at(x, y), level);
    }
  }
}

// What any scaler of this kind gives: pictures are neither moved nor turned, and edges go on.
TEST(Lanczos, IsWhatLibswscaleGives) {
  for (const auto& [from, to] : {Case{{1080, 192}, {720, 128}}, Case{{720, 128}, {540, 96}}, Case{{540, 96}, {270, 48}}, Case{{216, 384}, {54, 96}}}) {
    Plane<std::uint8_t> in(from);
    for (int y = 0; y < from.height; ++y)
      for (int x = 0; x < from.width; ++x)
        in.at(x, y) = static_cast<std::uint8_t>(128 + 60 * std::sin(x / 5.0 + y / 9.0) + 50 * std::sin(y / 4.0 - x / 31.0) + (x > from.width / 2 ? 10 : -10));
    auto ours = scaled(in, to);
    Plane<std::uint8_t> theirs(to);
    const Scaler scaler(sws_getContext(from.width, from.height, AV_PIX_FMT_GRAY8, to.width, to.height, AV_PIX_FMT_GRAY8,
                                       SWS_LANCZOS | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
    const std::uint8_t* const planes[] = {in.bytes()};
    std::uint8_t* const to_planes[] = {theirs.bytes()};
    const int stride[] = {in.stride}, to_stride[] = {theirs.stride};
    ASSERT_EQ(sws_scale(scaler.get(), planes, stride, 0, from.height, to_planes, to_stride), to.height);
    int most = 0;
    for (int y = 0; y < to.height; ++y)
      for (int x = 0; x < to.width; ++x) most = std::max(most, std::abs(ours.at(x, y) - theirs.at(x, y)));
    EXPECT_LE(most, 2) << from.width << " to " << to.width;
  }
}

}  // namespace
}  // namespace cliffhanger::media
