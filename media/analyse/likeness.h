// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// How much of a picture's detail is left in a copy of it: the measure that qualities are chosen by.
#include <array>
#include <cstdint>

#include "media/analyse/plane.h"

namespace cliffhanger::media {

// Visual information fidelity of luma (Sheikh and Bovik), pooled over windows of 8 × 8 samples, in three
// scales: a half, a quarter and an eighth of the size it is given. Pictures add up. Plain integer and IEEE
// arithmetic without the C library's functions, so that the same pictures give the same figures on every
// machine.
class Likeness {
 public:
  static constexpr std::size_t kScales = 3;

  // Two pictures of one size, at least 64 samples a side.
  void add(const Plane& reference, const Plane& copy);
  // The share of information that the copies have kept, the mean of the scales: 1 for the pictures
  // themselves, and for ones without any detail.
  double kept() const;

 private:
  std::array<double, kScales> kept_{}, there_{};
};

// The same measure in the finest scale alone: the size it is given. What scaling to a smaller size takes is
// there.
class FinestDetail {
 public:
  void add(const Plane& reference, const Plane& copy);
  double kept() const { return there_ > 1 ? kept_ / there_ : 1; }

 private:
  double kept_ = 0, there_ = 0;
};

}  // namespace cliffhanger::media
