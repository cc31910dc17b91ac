#include "libs/rank/features.h"

#include <algorithm>
#include <cmath>

#include "libs/rank/bytes.h"

namespace cliffhanger::rank {
namespace {

// FNV's low bits are weak; this mixes them (the end of MurmurHash 3).
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53u;
  return hash ^ (hash >> 33);
}

float bounded(double weight) {
  if (std::isnan(weight)) return 0;
  return static_cast<float>(std::clamp<double>(weight, -Features::kMostWeight, Features::kMostWeight));
}

}  // namespace

Features& Features::add(std::string_view field, std::string_view value, float weight) {
  return add(field, fnv1a(value), weight);
}

Features& Features::add(std::string_view field, std::uint64_t value, float weight) {
  entries_.push_back({mixed(fnv1a(field) ^ mixed(value)), bounded(weight)});
  return *this;
}

Features& Features::number(std::string_view field, double value) {
  entries_.push_back({mixed(fnv1a(field)), bounded(value)});
  return *this;
}

Features& Features::cross(std::string_view field, std::uint64_t one, std::uint64_t other, float weight) {
  return add(field, mixed(one) * 3 + mixed(other), weight);
}

}  // namespace cliffhanger::rank
