#include "services/recommendation/domain/heat.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cliffhanger::recommendation {
namespace {

double half_lives(Duration time, Duration half_life) {
  return static_cast<double>(time.count()) / static_cast<double>(half_life.count());
}

}  // namespace

double worth(const Heat& heat, Time now, Duration half_life) {
  return now <= heat.at ? heat.score : heat.score * std::exp2(-half_lives(now - heat.at, half_life));
}

Heat add(const Heat& heat, double weight, Time now, Duration half_life) {
  const Time at = std::max(now, heat.at);
  return {std::max(0.0, worth(heat, at, half_life) + weight), at};
}

double order_key(const Heat& heat, Duration half_life) {
  if (heat.score <= 0) return -std::numeric_limits<double>::infinity();
  return std::log2(heat.score) + half_lives(heat.at.time_since_epoch(), half_life);
}

}  // namespace cliffhanger::recommendation
