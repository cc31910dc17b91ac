#pragma once
// Random numbers that are the same on every machine for the same seed: the standard library's distributions
// differ between its makers.
#include <cstdint>
#include <random>
#include <span>

namespace cliffhanger::rank {

// Draws from one stream. Not for secrets, and not for several threads.
class Draw {
 public:
  explicit Draw(std::uint64_t seed);
  double uniform();                  // in (0, 1)
  bool chance(double probability);   // true that often
  std::size_t below(std::size_t n);  // 0 … n − 1; n above 0
  double normal();                   // mean 0, deviation 1 (Box & Muller)
  double exponential(double mean);
  double gamma(double shape);  // scale 1 (Marsaglia & Tsang 2000)
  double beta(double a, double b);
  // An index with that probability; they sum to 1.
  std::size_t one_of(std::span<const double> probabilities);

 private:
  std::mt19937_64 bits_;
};

}  // namespace cliffhanger::rank
