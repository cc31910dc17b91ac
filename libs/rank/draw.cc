#include "libs/rank/draw.h"

#include <cmath>

namespace cliffhanger::rank {

Draw::Draw(std::uint64_t seed) : bits_(seed * 0x9e3779b97f4a7c15u + 0x7f4a7c15u) {}

double Draw::uniform() {
  return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1.0p-53;
}

bool Draw::chance(double probability) {
  return uniform() < probability;
}

std::size_t Draw::below(std::size_t n) {
  return static_cast<std::size_t>(uniform() * static_cast<double>(n));
}

double Draw::normal() {
  const double radius = std::sqrt(-2 * std::log(uniform()));
  return radius * std::cos(2 * M_PI * uniform());
}

double Draw::exponential(double mean) {
  return -mean * std::log(uniform());
}

double Draw::gamma(double shape) {
  if (shape < 1) {
    const double larger = gamma(shape + 1);
    return larger * std::pow(uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double Draw::beta(double a, double b) {
  const double x = gamma(a);
  return x / (x + gamma(b));
}

std::size_t Draw::one_of(std::span<const double> probabilities) {
  double left = uniform();
  for (std::size_t i = 0; i + 1 < probabilities.size(); ++i)
    if ((left -= probabilities[i]) < 0) return i;
  return probabilities.size() - 1;
}

}  // namespace cliffhanger::rank
