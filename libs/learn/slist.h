#pragma once
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// Linear models of sessions (SLIST: Choi et al. 2021), in closed form. After each place t of a history, with
//   S_t = Σ over s ≤ t  recency^(t − s) e_s          what was taken, what was taken last most
//   T_t = Σ over r > t  future^(r − t − 1) e_r       what was taken next
// B minimises Σ |T_t − S_t B|² + whole · |X − X B|² + lambda |B|² with a diagonal of 0, each history of n
// items weighing n^−user_power. Scores are S B for the S of a whole history. Unlike a table of transitions it
// tells what an item says itself from what its neighbours in the history say already. Wants ordered
// histories; items³ of time and items² of memory.
class Slist final : public Learner {
 public:
  std::string name() const override { return "slist"; }
  bool wants_order() const override { return true; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

}  // namespace cliffhanger::learn
