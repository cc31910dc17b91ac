// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/lanczos.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "media/decode/lanczos_kernels.h"

namespace cliffhanger::media {
namespace {

constexpr double kLobes = 3;
constexpr int kAcrossMultiple = 16;  // what the loops take at a time

double windowed_sinc(double x) {
  if (std::abs(x) >= kLobes) return 0;
  const double angle = std::numbers::pi * x;
  return x == 0 ? 1 : kLobes * std::sin(angle) * std::sin(angle / kLobes) / (angle * angle);
}

// Whole numbers that sum to 1 << kBits; what rounding leaves goes to the largest.
void quantise(const std::vector<double>& weights, std::int16_t* to) {
  double sum = 0;
  for (const double w : weights) sum += w;
  int left = 1 << Taps::kBits;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    to[i] = static_cast<std::int16_t>(std::lround(weights[i] / sum * (1 << Taps::kBits)));
    left -= to[i];
  }
  *std::max_element(to, to + weights.size()) += static_cast<std::int16_t>(left);
}

Size half(Size size) {
  return {(size.width + 1) / 2, (size.height + 1) / 2};
}

}  // namespace

Taps lanczos_taps(int from, int to, int multiple) {
  const double ratio = static_cast<double>(from) / to, stretch = std::max(1.0, ratio);
  const int used = 2 * static_cast<int>(std::ceil(kLobes * stretch));
  Taps out;
  out.count = (used + multiple - 1) / multiple * multiple;
  out.weights.assign(static_cast<std::size_t>(to) * static_cast<std::size_t>(out.count), 0);
  std::vector<double> weights(static_cast<std::size_t>(used));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * ratio - 0.5;
    const int first = static_cast<int>(std::floor(centre)) - used / 2 + 1;
    for (int k = 0; k < used; ++k) weights[static_cast<std::size_t>(k)] = windowed_sinc((first + k - centre) / stretch);
    quantise(weights, &out.weights[static_cast<std::size_t>(i) * static_cast<std::size_t>(out.count)]);
    out.first.push_back(first);
  }
  return out;
}

PlaneScaler::PlaneScaler(Size from, Size to, int depth, Code code)
    : from_(from),
      to_(to),
      depth_(depth),
      wide_(code == Code::kFastest && lanczos::has_avx2()),
      down_(lanczos_taps(from.height, to.height, 2)),
      across_(lanczos_taps(from.width, to.width, kAcrossMultiple)) {
  const int first = std::min(0, across_.first.front());
  const int end = std::max(from.width, across_.first.back() + across_.count);
  before_ = static_cast<std::size_t>(-first);
  line_.resize(static_cast<std::size_t>(end - first));
}

void PlaneScaler::scale(const std::uint8_t* from, std::ptrdiff_t from_stride, std::uint8_t* to,
                        std::ptrdiff_t to_stride) {
  if (depth_ == 8)
    scale_as<std::uint8_t>(from, from_stride, to, to_stride);
  else
    scale_as<std::uint16_t>(from, from_stride, to, to_stride);
}

template <class Sample>
void PlaneScaler::scale_as(const std::uint8_t* from, std::ptrdiff_t from_stride, std::uint8_t* to,
                           std::ptrdiff_t to_stride) {
  std::vector<const Sample*> rows(static_cast<std::size_t>(down_.count));
  std::int16_t* const line = line_.data() + before_;
  for (int y = 0; y < to_.height; ++y) {
    for (int k = 0; k < down_.count; ++k) {
      const int row = std::clamp(down_.first[static_cast<std::size_t>(y)] + k, 0, from_.height - 1);
      rows[static_cast<std::size_t>(k)] = reinterpret_cast<const Sample*>(from + row * from_stride);
    }
    const auto weights = static_cast<std::size_t>(y) * static_cast<std::size_t>(down_.count);
    const lanczos::Down<Sample> down{rows.data(), &down_.weights[weights], down_.count, from_.width, line};
    wide_ ? lanczos::down_avx2(down) : lanczos::down_portable(down);
    std::fill(line_.data(), line, *line);
    std::fill(line + from_.width, line_.data() + line_.size(), line[from_.width - 1]);
    const lanczos::Across<Sample> across{line,          across_.first.data(), across_.weights.data(),
                                         across_.count, to_.width,            reinterpret_cast<Sample*>(to + y * to_stride)};
    wide_ ? lanczos::across_avx2(across) : lanczos::across_portable(across);
  }
}

PictureScaler::PictureScaler(Size from, Size to, int depth)
    : luma_(from, to, depth), chroma_(half(from), half(to), depth) {}

void PictureScaler::scale(const AVFrame& in, AVFrame& out) {
  for (int plane = 0; plane < 3; ++plane)
    (plane == 0 ? luma_ : chroma_)
        .scale(in.data[plane], in.linesize[plane], out.data[plane], out.linesize[plane]);
}

}  // namespace cliffhanger::media
