#pragma once
// How good a ranking is, as the published protocols count it.
#include <map>
#include <string>

#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// Means over the users with at least one relevant item. For a user with relevant items T and the list L of
// the first k:
//   recall    |L ∩ T| / |T|
//   precision |L ∩ T| / k
//   hr        1 if L ∩ T is not empty
//   mrr       1 / place of the first of T in L, 0 if none
//   ndcg      Σ over hits 1 / log₂(1 + place), over the same sum of an ideal list of min(k, |T|) hits
// and of all lists together:
//   coverage  items that are in some list, of all items
//   diversity mean over lists of 1 − the mean cosine (of users in common, in training) between two of its
//   items novelty   mean over listed items of −log₂(share of the training's users who took it; at least one)
struct Figures {
  double recall = 0, precision = 0, hr = 0, mrr = 0, ndcg = 0, coverage = 0, diversity = 0, novelty = 0;
};

// "recall", "precision", "hr", "mrr" or "ndcg" of `figures`; 0 for other names.
double figure(const Figures& figures, const std::string& name);

// The `k` items with the highest scores, best first; ties by the lower number. Scores that are −∞ are left
// out.
std::vector<Index> top(std::span<const float> scores, int k);

// Adds one user's list to sums of recall, precision, hr, mrr and ndcg at `k`. `relevant` ascends.
void count_list(std::span<const Index> list, std::span<const Index> relevant, int k, Figures& sums);

struct RankingOptions {
  std::vector<int> k{10};
  bool mask_seen = true;  // what the user took before can't be listed
  int threads = 1;
  bool beyond_accuracy = true;         // coverage, diversity and novelty too
  std::function<bool()> expired = {};  // whether to stop; unset: never. Asked by several threads at once
};

struct Ranking {
  std::int64_t users = 0;  // with a relevant item
  std::map<int, Figures> at;
  bool complete = true;  // false: `expired` ended it, and the figures mean nothing
};

// Ranks all items for the users of `histories` who have something in `relevant` (same users and items).
Ranking evaluate(const Model& model, const History& histories, const History& relevant,
                 const RankingOptions& options);

// The users who have something in a history, ascending.
std::vector<Index> with_items(const History& history);

// What evaluate() counts, of one list for each of `users`, who all have something in `relevant`. Of `options`
// it looks at k, threads and beyond_accuracy.
Ranking count_lists(const std::vector<std::vector<Index>>& all, std::span<const Index> users,
                    const History& histories, const History& relevant, const RankingOptions& options);

// The lists themselves, one for each of `users`, `k` long at most; empty from when `expired` says so.
std::vector<std::vector<Index>> lists(const Model& model, const History& histories,
                                      std::span<const Index> users, int k, bool mask_seen, int threads,
                                      const std::function<bool()>& expired = {});

// Some of a history's users, as a history of their own.
History selected(const History& history, std::span<const Index> users);

}  // namespace cliffhanger::learn
