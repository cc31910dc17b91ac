#pragma once
// The items with the greatest products, without multiplying all of them.
#include <functional>
#include <memory>
#include <vector>

#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// A hierarchical navigable small world graph (Malkov, Yashunin 2018; hnswlib) over items by the products of
// their factors. It finds nearly all of the best ones (bench `retrieval` says how many) in time that hardly
// grows with the items. Immutable once built; safe from many threads.
class NearestItems {
 public:
  // Each item is linked with up to `links` others (twice as many on the lowest level), chosen from
  // `looked_at` when it is put in; a search keeps `search` in sight at least. More of each finds more and
  // takes longer.
  struct Options {
    int links = 16, looked_at = 200, search = 600;
  };

  // Over all rows of `factors`, of which it has a copy. One thread; the same rows give the same graph. Null
  // if `expired` said so before the end. Throws std::bad_alloc or std::runtime_error for want of memory.
  static std::shared_ptr<const NearestItems> build(const Scores& factors, const Options& options,
                                                   const std::function<bool()>& expired = {});
  ~NearestItems();

  // `k` items, nearly those with the greatest products with `vector` (a column for each of the factors'),
  // best first; ties by the lower number.
  std::vector<Index> find(const Eigen::VectorXf& vector, int k) const;
  Index items() const;
  std::size_t bytes() const;  // of memory

 private:
  struct Graph;
  explicit NearestItems(std::unique_ptr<Graph> graph);
  std::unique_ptr<Graph> graph_;
};

}  // namespace cliffhanger::learn
