#pragma once
// What a ranking model is told of one pair of viewer and item: named values, hashed to places (Weinberger et
// al. 2009), so that new creators, tags and viewers need no table of names.
#include <cstdint>
#include <string_view>
#include <vector>

namespace cliffhanger::rank {

// A bag of weighted features. Build one for each pair; reuse it with clear(). Names that hash alike share a
// place, which costs accuracy and nothing else.
class Features {
 public:
  struct Entry {
    std::uint64_t hash;
    float weight;
  };

  // `field` names what it is ("tag"), `value` which of it there is; the weight is taken to ±kMostWeight, and
  // one that is no number counts as 0.
  Features& add(std::string_view field, std::string_view value, float weight = 1);
  Features& add(std::string_view field, std::uint64_t value, float weight = 1);
  // A number, such as an age or a score: one place, whatever the value. About −1 … 1 is best.
  Features& number(std::string_view field, double value);
  // Two together, such as a viewer's liking of a tag.
  Features& cross(std::string_view field, std::uint64_t one, std::uint64_t other, float weight = 1);
  void clear() { entries_.clear(); }
  const std::vector<Entry>& entries() const { return entries_; }

  static constexpr float kMostWeight = 10;

 private:
  std::vector<Entry> entries_;
};

}  // namespace cliffhanger::rank
