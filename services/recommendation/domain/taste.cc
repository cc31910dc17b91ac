#include "services/recommendation/domain/taste.h"

#include <algorithm>
#include <random>

#include "services/recommendation/domain/draw.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {

namespace {

void fade(Evidence& evidence) {
  const double all = evidence.hits + evidence.misses;
  if (all <= kMostEvidence) return;
  evidence.hits *= kMostEvidence / all;
  evidence.misses *= kMostEvidence / all;
}

}  // namespace

void Taste::learn(std::span<const std::string> tags, bool hit) {
  for (const auto& tag : tags) {
    auto& evidence = of_[tag];
    fade(evidence);  // of before that was done
    (hit ? evidence.hits : evidence.misses) += 1;
    fade(evidence);
  }
  trim();
}

void Taste::praise(const std::string& tag, double hits) {
  auto& evidence = of_[tag];
  evidence.hits += hits;
  fade(evidence);
}

void Taste::add(const Taste& other) {
  for (const auto& [tag, evidence] : other.of_) {
    auto& to = of_[tag];
    to.hits += evidence.hits;
    to.misses += evidence.misses;
    fade(to);
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
