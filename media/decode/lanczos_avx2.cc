// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/lanczos.h"
#include "media/decode/lanczos_kernels.h"

#ifdef __x86_64__
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#define CH_AVX2 __attribute__((target("avx2")))

namespace cliffhanger::media::lanczos {
namespace {

constexpr int kDownWide = 16, kAcrossWide = 8;  // samples at a time
constexpr int kTapsWide = 16;

CH_AVX2 __m256i words(const std::int16_t* at) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)); }

// The weights of two rows, for each pair of their samples.
CH_AVX2 __m256i pair(const std::int16_t* weights) {
  int both;
  std::memcpy(&both, weights, sizeof both);
  return _mm256_set1_epi32(both);
}

// Sixteen samples from column `x` on.
CH_AVX2 void down_16(const Down<std::uint8_t>& job, int x) {
  __m256i low = _mm256_set1_epi32(1 << 7), high = low;
  for (int k = 0; k < job.taps; k += 2) {
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(job.rows[k] + x));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(job.rows[k + 1] + x));
    const __m256i weights = pair(job.weights + k);
    low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b)), weights));
    high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b)), weights));
  }
  const __m256i both = _mm256_packs_epi32(_mm256_srai_epi32(low, 8), _mm256_srai_epi32(high, 8));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(job.to + x), _mm256_permute4x64_epi64(both, 0xD8));
}
CH_AVX2 void down_16(const Down<std::uint16_t>& job, int x) {
  __m256i low = _mm256_set1_epi32(1 << 9), high = low;  // each of both halves
  for (int k = 0; k < job.taps; k += 2) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(job.rows[k] + x));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(job.rows[k + 1] + x));
    const __m256i weights = pair(job.weights + k);
    low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights));
    high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights));
  }
  const __m256i both = _mm256_packs_epi32(_mm256_srai_epi32(low, 10), _mm256_srai_epi32(high, 10));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(job.to + x), both);
}

// The last ones are done together with some that were done already.
template <class Sample>
CH_AVX2 void down(const Down<Sample>& job) {
  if (job.width < kDownWide) return down_portable(job);
  for (int x = 0; x < job.width; x += kDownWide) down_16(job, std::min(x, job.width - kDownWide));
}

template <class Sample>
CH_AVX2 __m256i sums(const Across<Sample>& job, int i) {
  const std::int16_t* const line = job.line + job.first[i];
  const std::int16_t* const weights = job.weights + static_cast<std::ptrdiff_t>(i) * job.taps;
  __m256i out = _mm256_madd_epi16(words(line), words(weights));
  for (int k = kTapsWide; k < job.taps; k += kTapsWide)
    out = _mm256_add_epi32(out, _mm256_madd_epi16(words(line + k), words(weights + k)));
  return out;
}

// Four samples from `i` on, before they are rounded.
template <class Sample>
CH_AVX2 __m128i across_4(const Across<Sample>& job, int i) {
  const __m256i four = _mm256_hadd_epi32(_mm256_hadd_epi32(sums(job, i), sums(job, i + 1)),
                                         _mm256_hadd_epi32(sums(job, i + 2), sums(job, i + 3)));
  return _mm_add_epi32(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
}

template <int kShift>
CH_AVX2 __m128i rounded(__m128i sums) {
  return _mm_srai_epi32(_mm_add_epi32(sums, _mm_set1_epi32(1 << (kShift - 1))), kShift);
}

CH_AVX2 void across_8(const Across<std::uint8_t>& job, int i) {
  constexpr int kShift = 2 * Taps::kBits - 8;
  const __m128i eight = _mm_packs_epi32(rounded<kShift>(across_4(job, i)), rounded<kShift>(across_4(job, i + 4)));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(job.to + i), _mm_packus_epi16(eight, eight));
}
CH_AVX2 void across_8(const Across<std::uint16_t>& job, int i) {
  constexpr int kShift = 2 * Taps::kBits - 10;
  const __m128i eight = _mm_packus_epi32(rounded<kShift>(across_4(job, i)), rounded<kShift>(across_4(job, i + 4)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(job.to + i), _mm_min_epu16(eight, _mm_set1_epi16(1023)));
}

template <class Sample>
CH_AVX2 void across(const Across<Sample>& job) {
  if (job.width < kAcrossWide) return across_portable(job);
  for (int i = 0; i < job.width; i += kAcrossWide) across_8(job, std::min(i, job.width - kAcrossWide));
}

}  // namespace

bool has_avx2() { return __builtin_cpu_supports("avx2"); }
void down_avx2(const Down<std::uint8_t>& job) { down(job); }
void down_avx2(const Down<std::uint16_t>& job) { down(job); }
void across_avx2(const Across<std::uint8_t>& job) { across(job); }
void across_avx2(const Across<std::uint16_t>& job) { across(job); }

}  // namespace cliffhanger::media::lanczos

#else

namespace cliffhanger::media::lanczos {

bool has_avx2() { return false; }
void down_avx2(const Down<std::uint8_t>& job) { down_portable(job); }
void down_avx2(const Down<std::uint16_t>& job) { down_portable(job); }
void across_avx2(const Across<std::uint8_t>& job) { across_portable(job); }
void across_avx2(const Across<std::uint16_t>& job) { across_portable(job); }

}  // namespace cliffhanger::media::lanczos

#endif
