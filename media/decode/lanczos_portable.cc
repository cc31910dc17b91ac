// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cstddef>

#include "media/decode/lanczos.h"
#include "media/decode/lanczos_kernels.h"

namespace cliffhanger::media::lanczos {
namespace {

template <class Sample>
constexpr int kDepth = sizeof(Sample) == 1 ? 8 : 10;
constexpr int kBlock = 512;  // sums that stay in the cache

// More than ten bits, which no decoder of ten gives, would be a sign in wider registers.
int value(std::uint8_t sample) { return sample; }
int value(std::uint16_t sample) { return static_cast<std::int16_t>(sample); }

template <class Sample>
void down(const Down<Sample>& job) {
  std::array<int, kBlock> sums;
  for (int begin = 0; begin < job.width; begin += kBlock) {
    const int n = std::min(kBlock, job.width - begin);
    sums.fill(1 << (kDepth<Sample> - 1));
    for (int k = 0; k < job.taps; ++k) {
      const Sample* const row = job.rows[k] + begin;
      const int weight = job.weights[k];
      for (int i = 0; i < n; ++i) sums[static_cast<std::size_t>(i)] += value(row[i]) * weight;
    }
    for (int i = 0; i < n; ++i)
      job.to[begin + i] = static_cast<std::int16_t>(
          std::clamp(sums[static_cast<std::size_t>(i)] >> kDepth<Sample>, -32768, 32767));
  }
}

template <class Sample>
void across(const Across<Sample>& job) {
  constexpr int kShift = 2 * Taps::kBits - kDepth<Sample>;
  for (int i = 0; i < job.width; ++i) {
    const std::int16_t* const line = job.line + job.first[i];
    const std::int16_t* const weights = job.weights + static_cast<std::ptrdiff_t>(i) * job.taps;
    int sum = 1 << (kShift - 1);
    for (int k = 0; k < job.taps; ++k) sum += line[k] * weights[k];
    job.to[i] = static_cast<Sample>(std::clamp(sum >> kShift, 0, (1 << kDepth<Sample>) - 1));
  }
}

}  // namespace

void down_portable(const Down<std::uint8_t>& job) { down(job); }
void down_portable(const Down<std::uint16_t>& job) { down(job); }
void across_portable(const Across<std::uint8_t>& job) { across(job); }
void across_portable(const Across<std::uint16_t>& job) { across(job); }

}  // namespace cliffhanger::media::lanczos
