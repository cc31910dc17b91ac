#pragma once
// Draws that are the same wherever and whenever they are made from the same numbers: what a decision is
// replayed by.
#include <cstdint>

#include "libs/core/id.h"

namespace cliffhanger::recommendation {

// splitmix64's finaliser (Steele, Lea, Flood 2014): spreads every bit over all others.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// For the draw number `n` of a seed.
constexpr std::uint64_t draw(std::uint64_t seed, std::uint64_t n) {
  return mix(seed + (n + 1) * 0x9e3779b97f4a7c15ULL);
}

// For an id: puts many of them into an order of the seed's.
inline std::uint64_t draw(std::uint64_t seed, SeriesId id) {
  const Uuid raw = id.uuid();
  std::uint64_t x = seed;
  for (const auto byte : raw.bytes()) x = (x ^ byte) * 0x100000001b3ULL;
  return mix(x);
}

// From 0 to below 1.
constexpr double unit(std::uint64_t drawn) {
  return static_cast<double>(drawn >> 11) * 0x1p-53;
}

// Such draws one after the other, as a generator of the standard library's kind.
class Draws {
 public:
  using result_type = std::uint64_t;
  explicit Draws(std::uint64_t seed) : seed_(seed) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type(0); }
  result_type operator()() { return draw(seed_, n_++); }

 private:
  std::uint64_t seed_, n_ = 0;
};

}  // namespace cliffhanger::recommendation
