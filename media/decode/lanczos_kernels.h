// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The inner loops of lanczos.cc. First lines are put together from above each other (`down`), with 14 bits and a sign, whatever the depth;
// then samples beside each other (`across`).
#include <cstdint>

namespace cliffhanger::media::lanczos {

// One line of `width` samples out of `taps` (even) rows of the source.
template <class Sample>
struct Down {
  const Sample* const* rows;
  const std::int16_t* weights;
  int taps, width;
  std::int16_t* to;
};
// One line of `width` samples; `line[first[i] + k]` has to be there for k < taps, a multiple of 16.
template <class Sample>
struct Across {
  const std::int16_t* line;
  const int* first;
  const std::int16_t* weights;
  int taps, width;
  Sample* to;
};

void down_portable(const Down<std::uint8_t>& job);
void down_portable(const Down<std::uint16_t>& job);
void across_portable(const Across<std::uint8_t>& job);
void across_portable(const Across<std::uint16_t>& job);

// To the same samples. Only where has_avx2().
bool has_avx2();
void down_avx2(const Down<std::uint8_t>& job);
void down_avx2(const Down<std::uint16_t>& job);
void across_avx2(const Across<std::uint8_t>& job);
void across_avx2(const Across<std::uint16_t>& job);

}  // namespace cliffhanger::media::lanczos
