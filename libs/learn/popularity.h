#pragma once
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// How many users took an item, the same for everybody; with `half_life` below 1 what was taken lately counts
// more: an interaction's weight halves with each such share of all interactions that came after it (by time,
// else by place in its user's history).
class Popularity final : public Learner {
 public:
  std::string name() const override { return "popularity"; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

}  // namespace cliffhanger::learn
