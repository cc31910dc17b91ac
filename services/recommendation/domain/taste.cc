#include "services/recommendation/domain/taste.h"

#include <algorithm>
#include <random>

#include "services/recommendation/domain/draw.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {

void Taste::learn(std::span<const std::string> tags, bool hit) {
  for (const auto& tag : tags) (hit ? of_[tag].hits : of_[tag].misses) += 1;
  trim();
}

void Taste::add(const Taste& other) {
  for (const auto& [tag, evidence] : other.of_) {
    auto& to = of_[tag];
    to.hits += evidence.hits;
    to.misses += evidence.misses;
  }
  trim();
}

void Taste::trim() {
  while (of_.size() > kMostTastes) {
    const auto weight = [](const auto& entry) { return entry.second.hits + entry.second.misses; };
    of_.erase(std::min_element(of_.begin(), of_.end(),
                               [&](const auto& a, const auto& b) { return weight(a) < weight(b); }));
  }
}

std::map<std::string, double> expected(const Taste& taste, std::span<const std::string> picked) {
  std::map<std::string, Evidence> known = taste.all();
  for (const auto& tag : picked) known[tag].hits += Taste::kPickHits;
  std::map<std::string, double> out;
  for (const auto& [tag, evidence] : known) {
    const double hits = Taste::kPriorHits + evidence.hits;
    out[tag] = hits / (hits + Taste::kPriorMisses + evidence.misses);
  }
  return out;
}

std::map<std::string, double> sample(const Taste& taste, std::span<const std::string> picked,
                                     std::span<const std::string> common, std::uint64_t seed) {
  std::map<std::string, Evidence> known = taste.all();
  for (const auto& tag : common) known.try_emplace(tag);
  for (const auto& tag : picked) known[tag].hits += Taste::kPickHits;
  Draws draws(seed);
  std::map<std::string, double> out;
  for (const auto& [tag, evidence] : known) {
    std::gamma_distribution<double> hits(Taste::kPriorHits + evidence.hits),
        misses(Taste::kPriorMisses + evidence.misses);
    const double x = hits(draws), y = misses(draws);  // x / (x + y) is Beta distributed
    out[tag] = x + y > 0 ? x / (x + y) : Taste::kPriorMean;
  }
  return out;
}

}  // namespace cliffhanger::recommendation
