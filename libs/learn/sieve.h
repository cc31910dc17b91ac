#pragma once
// The items with the greatest products, found by reading a quarter of the factors' bytes.
#include <cstdint>
#include <vector>

#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// Factors in a byte each, with how far off their products can be at most. What is left of the items is few
// and surely holds the best; those are multiplied exactly by whoever asked, so nothing is lost: a product of
// all factors is bound by memory, and this reads a quarter of it. Immutable; safe from many threads.
class Sieve {
 public:
  // Over all rows of `factors`, of which it keeps no more than their bytes and 8 a row.
  explicit Sieve(const Scores& factors);

  // Rows, ascending, among which are the `k` of the greatest products with `vector` (a column for each of the
  // factors'), however ties and rounding fall in single precision. All rows if `k` is as many, or if factors
  // or vector are not finite.
  std::vector<Index> find(const Eigen::VectorXf& vector, int k) const;
  std::size_t bytes() const;  // of memory

 private:
  std::vector<Index> best_of(const std::int16_t* vector, float step, float length, std::size_t k) const;
  std::size_t rows_, columns_, width_;  // width_: columns_ with zeros up to whole registers
  std::vector<std::int8_t> whole_;      // row by row; a factor is about its row's step times this
  std::vector<float> step_, slack_;     // slack_: by how much a product is off at most, over |vector|
  float longest_ = 0;                   // row; infinite if one is no number
};

}  // namespace cliffhanger::learn
