// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Another Y'CbCr matrix → bt709's, for 8-bit 4:2:0 limited range. libswscale would go through RGB, at several
// times the cost.
#include <array>
#include <cstdint>
#include <vector>

#include "media/io/av.h"

namespace cliffhanger::media {

// How much red and blue weigh in a matrix' luma.
struct LumaWeights {
  double red = 0.2126;
  double blue = 0.0722;
  bool operator==(const LumaWeights&) const = default;
};
inline constexpr LumaWeights kBt709{};
inline constexpr LumaWeights kBt601{0.299, 0.114};
inline constexpr LumaWeights kSmpte240{0.212, 0.087};
inline constexpr LumaWeights kBt2020{0.2627, 0.0593};

// Integer arithmetic: the same on every machine. Greys stay what they are, so only chroma needs a matrix of
// its own and each luma sample moves by what its chroma says. Not safe from two threads.
class MatrixConverter {
 public:
  explicit MatrixConverter(LumaWeights from);
  // Both of the same even size; `out` has buffers of its own.
  void convert(const AVFrame& in, AVFrame& out);

 private:
  void convert_chroma_row(const AVFrame& in, AVFrame& out, int row);

  std::array<std::array<int, 2>, 3> weights_;  // [Y U V][of U, of V], times 2^14
  std::vector<std::int16_t> moves_;            // of a row of luma
};

}  // namespace cliffhanger::media
