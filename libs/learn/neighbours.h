#pragma once
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// What makes two items neighbours:
//   s(i → j) = Σ over users who took both  |user|^−user_power · place(i, j)  /  (count_i^source_power ·
//   count_j^target_power),
// place being 1 where order means nothing, else gap_decay^(steps − 1) if j came after i and backward ·
// gap_decay^(steps − 1) if before. Each item keeps its `neighbours` strongest. user_power 0 with powers of ½
// is the cosine of item k-NN and SAR.
struct NeighbourOptions {
  double user_power = 0;
  double source_power = 0.5;
  double target_power = 0.5;
  double gap_decay = 1;
  double backward = 1;
  double recency = 1;  // when scoring: the weight of an item taken n steps before the last is recencyⁿ
  int neighbours = 200;
};

// Rows of neighbours, each in order of item. Without rows where `expired` ended the search.
struct NeighbourTable {
  std::vector<std::int64_t> start{0};
  std::vector<Index> item;
  std::vector<float> weight;
};
NeighbourTable find_neighbours(const History& data, const NeighbourOptions& options, int threads,
                               const std::function<bool()>& expired = {});

// Item neighbours over sets of items.
class Neighbours final : public Learner {
 public:
  std::string name() const override { return "neighbours"; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

// Item neighbours over sequences: what came soon after counts more, what was taken last speaks loudest. Wants
// ordered histories.
class Transitions final : public Learner {
 public:
  std::string name() const override { return "transitions"; }
  bool wants_order() const override { return true; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

}  // namespace cliffhanger::learn
