#pragma once
// Cutting histories in two, to choose on one part what was fitted on the other.
#include <functional>
#include <optional>

#include "libs/learn/history.h"

namespace cliffhanger::learn {

struct Cut {
  History fit;   // what is learnt from
  History held;  // what should be found: same items, and the rows of histories()
  // Where a user is asked about at several places of their history: a row for each place, with what came
  // before it, and whose it is. Else the rows are the users of `fit`.
  std::optional<History> before = {};
  std::vector<Index> owner = {};

  // What lists are made from.
  const History& histories() const { return before ? *before : fit; }
  Index owner_of(Index row) const { return owner.empty() ? row : owner[static_cast<std::size_t>(row)]; }
};

// The last item of each user with at least `least` items is held. With `places` above 1 as many of the last
// items, each to be found from what came before it, but no more than a tenth of a history (at least one), so
// that what is learnt from stays about as long.
Cut cut_last(const History& history, int places = 1, int least = 3);

// The last `share` of each user's items is held, rounded; of each user at least one is left to learn from.
Cut cut_tail(const History& history, double share);

// Of each interaction alone a hash of seed, user and item decides, so the cut is the same whatever the order
// of the file; about `share` is held, and of each user at least one is left to learn from. What the folds 0,
// 1 … of one seed hold is disjoint, as long as (fold + 1) · share is no more than 1.
Cut cut_random(const History& history, double share, std::uint64_t seed, int fold = 0);

// Leaves out what `keep(position in History::item)` refuses.
History filtered(const History& history, const std::function<bool(std::int64_t)>& keep);

// Of each user's repeated items the last stays.
History distinct(const History& history);

// `wanted` of 0 … count − 1, spread evenly at random by seed, ascending; all if count is no larger.
std::vector<Index> sampled(Index count, Index wanted, std::uint64_t seed);

}  // namespace cliffhanger::learn
