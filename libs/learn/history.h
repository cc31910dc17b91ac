#pragma once
// Who took what: the one input of every learner.
#include <cstdint>
#include <span>
#include <vector>

namespace cliffhanger::learn {

using Index = std::int32_t;

// Interactions by user (compressed rows). A user's items are distinct; where `ordered`, they are in order of
// time, the oldest first, else their order means nothing. `rating` and `time` (any unit) are empty, or hold
// one number for each interaction.
struct History {
  Index users = 0;
  Index items = 0;
  bool ordered = false;
  std::vector<std::int64_t> start{0};  // users + 1 positions in what follows
  std::vector<Index> item;
  std::vector<float> rating;
  std::vector<double> time;

  std::int64_t size() const { return static_cast<std::int64_t>(item.size()); }
  std::span<const Index> of(Index user) const;

  // Appends a user with these items. Ratings and times are the caller's to append alike.
  void add_user(std::span<const Index> items_of_user);
};

// The same interactions by item: for each item the positions in History::item where it stands, and whose they
// are.
struct ByItem {
  std::vector<std::int64_t> start;  // items + 1
  std::vector<Index> user;
  std::vector<std::int64_t> position;  // in History::item
};
ByItem by_item(const History& history);

// How many users took each item.
std::vector<Index> item_counts(const History& history);

// Both histories' interactions of each user, those of `later` behind. Same users and items; what is in both
// stays once, where it was.
History joined(const History& earlier, const History& later);

}  // namespace cliffhanger::learn
