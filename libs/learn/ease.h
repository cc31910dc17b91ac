#pragma once
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

// Embarrassingly shallow auto-encoder (Steck 2019): the item-to-item weights B with an empty diagonal that
// minimise |X − XB|² + λ|B|², in closed form from the inverse of the Gram matrix XᵀX + λI. Items² of memory,
// items³ of time. `dropout` p adds p/(1 − p) times the Gram matrix's diagonal (the denoising form, Steck
// 2020; 0: as in the first paper). `user_power` weighs a user's row with |row|^−power (0: as in the paper),
// `recency` weighs what a user took n steps before the last with recencyⁿ when scoring.
class Ease final : public Learner {
 public:
  std::string name() const override { return "ease"; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

}  // namespace cliffhanger::learn
