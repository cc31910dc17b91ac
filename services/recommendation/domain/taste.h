#pragma once
// What a viewer thinks of tags: a bandit with an arm a tag.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace cliffhanger::recommendation {

// Of one tag: how often the viewer watched to the end what has it, and how often they skipped that.
struct Evidence {
  double hits = 0, misses = 0;
  bool operator==(const Evidence&) const = default;
};
// Of one tag, so many hits and misses are told apart at most; older ones fade as newer ones come. A series
// has eighty episodes, and tastes change: who watched three of a kind and then skips ten of it is done with
// it.
inline constexpr double kMostEvidence = 40;

// Beta posteriors over the chance that the viewer watches something with a tag to its end, from Beta(1, 2).
// Bounded: of more than kMostTastes tags those with the least evidence are forgotten.
class Taste {
 public:
  static constexpr double kPriorHits = 1, kPriorMisses = 2, kPickHits = 4;
  static constexpr double kPriorMean = kPriorHits / (kPriorHits + kPriorMisses);

  // One more hit or miss of each of `tags`.
  void learn(std::span<const std::string> tags, bool hit);
  // So many more hits of one tag, for as long as this lives: nothing is forgotten for them.
  void praise(const std::string& tag, double hits);
  // What another person knew too: a guest who signed in.
  void add(const Taste& other);
  void set(const std::string& tag, Evidence evidence) { of_[tag] = evidence; }
  const std::map<std::string, Evidence>& all() const { return of_; }
  bool operator==(const Taste&) const = default;

 private:
  void trim();
  std::map<std::string, Evidence> of_;
};

// The mean of each tag's posterior instead of a draw: for what should be the same each time.
std::map<std::string, double> expected(const Taste& taste, std::span<const std::string> picked);

// One chance drawn from each tag's posterior (Thompson 1933): what is little known varies, what is well known
// doesn't. Picked tags count as kPickHits hits. `common` are tags of the tenant that are tried although
// nothing is known of them. The same seed draws the same.
std::map<std::string, double> sample(const Taste& taste, std::span<const std::string> picked,
                                     std::span<const std::string> common, std::uint64_t seed);

}  // namespace cliffhanger::recommendation
