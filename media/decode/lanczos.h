// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Scaling by Lanczos' windowed sinc (three lobes), for planes of 8 or 10 bits. In whole numbers: the same on every machine, and faster than
// libswscale's exact way of it.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/decode/geometry.h"

namespace cliffhanger::media {

// What each sample of a scaled line is made of: `count` samples of the line, from first[i] on, which may lie before its start or behind its
// end: the outermost ones go on there.
struct Taps {
  static constexpr int kBits = 14;  // the weights of one sample sum to 1 << kBits
  int count = 0;
  std::vector<int> first;
  std::vector<std::int16_t> weights;  // `count` a sample
};
// `count` becomes a multiple of `multiple`, with weights of 0.
Taps lanczos_taps(int from, int to, int multiple);

// Not safe from two threads.
class PlaneScaler {
 public:
  enum class Code { kFastest, kPortable };  // to the same samples
  // `depth`: 8 (a byte a sample) or 10 (two).
  PlaneScaler(Size from, Size to, int depth, Code code = Code::kFastest);
  // Strides in bytes. Nothing is read or written beside the samples.
  void scale(const std::uint8_t* from, std::ptrdiff_t from_stride, std::uint8_t* to, std::ptrdiff_t to_stride);

 private:
  template <class Sample>
  void scale_as(const std::uint8_t* from, std::ptrdiff_t from_stride, std::uint8_t* to, std::ptrdiff_t to_stride);

  Size from_, to_;
  int depth_;
  bool wide_;  // whether the processor has AVX2, and it may be used
  Taps down_, across_;
  std::vector<std::int16_t> line_;  // scaled down, not yet across; with what lies before and behind it
  std::size_t before_ = 0;
};

// The same of a 4:2:0 picture, by planes.
class PictureScaler {
 public:
  PictureScaler(Size from, Size to, int depth);
  // `out` has buffers of its own.
  void scale(const AVFrame& in, AVFrame& out);

 private:
  PlaneScaler luma_, chroma_;
};

}  // namespace cliffhanger::media
