// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/analyse/likeness.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

namespace cliffhanger::media {
namespace {

constexpr int kBlock = 4;                         // windows are 2 × 2 blocks, one block apart
constexpr double kSamples = 4 * kBlock * kBlock;  // in a window
constexpr double kNoise = 2;                      // the eye's own, as a variance of samples

// What a block adds to its windows.
struct Sums {
  int a = 0, b = 0, aa = 0, bb = 0, ab = 0;
};

Sums sums_of(const std::uint8_t* a, const std::uint8_t* b, int stride) {
  Sums s;
  for (int y = 0; y < kBlock; ++y, a += stride, b += stride) {
    for (int x = 0; x < kBlock; ++x) {
      const int p = a[x], q = b[x];
      s.a += p;
      s.b += q;
      s.aa += p * p;
      s.bb += q * q;
      s.ab += p * q;
    }
  }
  return s;
}

// log2 of a number of at least 1, within 0.0002: exponent and a polynomial of the mantissa.
double log2_of(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto exponent = static_cast<std::int64_t>(bits >> 52) - 1023;
  const double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | (1023ULL << 52)) - 1;
  const double fraction = m * (1.4387 + m * (-0.67778 + m * (0.32189 + m * (-0.08289))));
  return static_cast<double>(exponent) + fraction;
}

Sums operator+(const Sums& x, const Sums& y) {
  return {x.a + y.a, x.b + y.b, x.aa + y.aa, x.bb + y.bb, x.ab + y.ab};
}

// The information in one window, and how much of it the copy has.
void judge(const Sums& s, double& kept, double& there) {
  const double mean_a = s.a / kSamples, mean_b = s.b / kSamples;
  const double var_a = std::max(0.0, s.aa / kSamples - mean_a * mean_a);
  const double var_b = std::max(0.0, s.bb / kSamples - mean_b * mean_b);
  const double both = s.ab / kSamples - mean_a * mean_b;
  there += log2_of(1 + var_a / kNoise);
  if (both <= 0 || var_a < 1e-6) return;
  const double gain = std::min(1.0, both / var_a);
  const double spoilt = std::max(0.0, var_b - gain * both);
  kept += log2_of(1 + gain * gain * var_a / (spoilt + kNoise));
}

void judge(const Plane& a, const Plane& b, double& kept, double& there) {
  const int columns = a.width / kBlock, rows = a.height / kBlock;
  std::vector<Sums> above(static_cast<std::size_t>(columns)), here(above.size());
  for (int y = 0; y < rows; ++y) {
    std::swap(above, here);
    for (int x = 0; x < columns; ++x)
      here[static_cast<std::size_t>(x)] =
          sums_of(a.row(y * kBlock) + x * kBlock, b.row(y * kBlock) + x * kBlock, a.width);
    if (y == 0) continue;
    for (std::size_t x = 1; x < here.size(); ++x)
      judge(above[x - 1] + above[x] + here[x - 1] + here[x], kept, there);
  }
}

}  // namespace

Plane halved(const Plane& in) {
  Plane out{in.width / 2, in.height / 2, {}};
  out.samples.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
  std::uint8_t* to = out.samples.data();
  for (int y = 0; y < out.height; ++y) {
    const std::uint8_t* top = in.row(2 * y);
    const std::uint8_t* low = in.row(2 * y + 1);
    for (int x = 0; x < out.width; ++x)
      *to++ = static_cast<std::uint8_t>((top[2 * x] + top[2 * x + 1] + low[2 * x] + low[2 * x + 1] + 2) / 4);
  }
  return out;
}

void Likeness::add(const Plane& reference, const Plane& copy) {
  Plane a = reference, b = copy;
  for (std::size_t scale = 0; scale < kScales; ++scale) {
    a = halved(a);
    b = halved(b);
    judge(a, b, kept_[scale], there_[scale]);
  }
}

void FinestDetail::add(const Plane& reference, const Plane& copy) {
  judge(reference, copy, kept_, there_);
}

double Likeness::kept() const {
  double sum = 0;
  for (std::size_t i = 0; i < kScales; ++i) sum += there_[i] > 1 ? kept_[i] / there_[i] : 1;
  return sum / kScales;
}

}  // namespace cliffhanger::media
